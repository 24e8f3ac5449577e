// What each backplane and hostd share and nobody else knows: the key that seals modules, and the
// number of the last module that was sealed. One file per backplane, readable by its owner only.
// The MQTT password stands with the broker's accounts (hostd/bus/broker/accounts.ts).
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { brokerPasswords } from "../bus/broker/accounts.ts";
import { writePrivate } from "../edge/files.ts";
import { randomId, randomKey } from "../edge/random.ts";
import { CaddyError } from "../errors.ts";
import { NAME_PATTERN } from "../model/names.ts";
import { KEYS_DIR } from "../places.ts";
import { KEY_BYTES } from "./config-sector.ts";

export interface BackplaneSecrets {
  /** `<shack>/<backplane>` */
  account: string;
  /** Of the MQTT account. */
  password: string;
  /** 32 bytes. */
  key: Uint8Array;
}

interface KeyFile {
  key: Uint8Array;
  sequence: number;
}

/** Password and key of a backplane, made at the first call and kept. */
export function backplaneSecrets(dataDir: string, account: string): BackplaneSecrets {
  const { key } = readOrMake(keyFile(dataDir, account));
  const password = brokerPasswords(dataDir, [account]).get(account) ?? "";
  return { account, password, key };
}

/** The number of the last module sealed for this backplane, 0 when there was none. */
export function lastSequence(dataDir: string, account: string): number {
  return readOrMake(keyFile(dataDir, account)).sequence;
}

/**
 * A number above every one given before and above `seen`, what the backplane itself told. It is
 * on disk when this returns: a number is never used twice, also when hostd ends right after.
 */
export function nextSequence(dataDir: string, account: string, seen = 0): number {
  const file = keyFile(dataDir, account);
  const { key, sequence } = readOrMake(file);
  const next = Math.max(sequence, seen) + 1;
  if (next > 0xffff_fffe) {
    throw new CaddyError("CADDY_DATA_DIR", `${file}: the sequence is used up; flash ${account}`);
  }
  writePrivate(file, textOf({ key, sequence: next }));
  return next;
}

function keyFile(dataDir: string, account: string): string {
  const [shack = "", backplane = "", ...rest] = account.split("/");
  if (!NAME_PATTERN.test(shack) || !NAME_PATTERN.test(backplane) || rest.length > 0) {
    throw new RangeError(`account ${account} is not <shack>/<backplane>`);
  }
  return join(dataDir, KEYS_DIR, shack, `${backplane}.json`);
}

function readOrMake(file: string): KeyFile {
  if (!existsSync(file)) make(file);
  const broken = (why: string) =>
    new CaddyError(
      "CADDY_DATA_DIR",
      `${file} ${why}: restore it, or remove it and flash this backplane again`,
    );
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw broken(`cannot be read (${(error as Error).message})`);
  }
  const { version, key, sequence } = (json ?? {}) as Record<string, unknown>;
  if (version !== 1 || typeof key !== "string" || !/^[0-9a-f]{64}$/.test(key)) {
    throw broken("is not a key file of version 1");
  }
  if (!Number.isSafeInteger(sequence) || (sequence as number) < 0) throw broken("has no sequence");
  return { key: Uint8Array.from(Buffer.from(key, "hex")), sequence: sequence as number };
}

/** By a link, which never replaces: of two that make a key at once, one wins and both read it. */
function make(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const own = `${file}.${randomId(8)}.new`;
  writePrivate(own, textOf({ key: randomKey(KEY_BYTES), sequence: 0 }));
  try {
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(own);
  }
}

function textOf({ key, sequence }: KeyFile): string {
  const text = { version: 1, key: Buffer.from(key).toString("hex"), sequence };
  return `${JSON.stringify(text, null, 2)}\n`;
}
