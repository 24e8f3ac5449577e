// The passwords of the broker's accounts. They are made once and stay: a backplane carries its own
// in its flash. Plain text on purpose, in a file only its owner can read: they are flashed later.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writePrivate } from "../../edge/files.ts";
import { randomPassword } from "../../edge/random.ts";
import { CaddyError } from "../../errors.ts";
import { ACCOUNTS_FILE, ADMIN_PASSWORD_FILE } from "../../places.ts";
import { ADMIN_ACCOUNT } from "./acl.ts";

/** account name -> password */
export type Passwords = ReadonlyMap<string, string>;

/** The admin's password, made at the first call. Throws when the file is there but empty. */
export function adminPassword(dataDir: string): string {
  const file = join(dataDir, ADMIN_PASSWORD_FILE);
  if (!existsSync(file)) writePrivate(file, `${randomPassword()}\n`);
  let password: string;
  try {
    password = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new CaddyError("CADDY_DATA_DIR", `${file}: ${(error as Error).message}`);
  }
  if (password !== "") return password;
  throw new CaddyError("CADDY_DATA_DIR", `${file} is empty: remove it for a new password`);
}

/**
 * Passwords of exactly these accounts; missing ones are made and kept. Accounts that are no longer
 * wanted stay in the file, so that a backplane that comes back still knows its password.
 */
export function brokerPasswords(dataDir: string, accounts: readonly string[]): Passwords {
  const file = join(dataDir, ACCOUNTS_FILE);
  const kept = existsSync(file) ? readAccounts(file) : new Map<string, string>();
  let grown = false;
  for (const account of accounts) {
    if (account === ADMIN_ACCOUNT || kept.has(account)) continue;
    kept.set(account, randomPassword());
    grown = true;
  }
  if (grown || !existsSync(file)) {
    const sorted = Object.fromEntries([...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
    writePrivate(file, `${JSON.stringify({ version: 1, accounts: sorted }, null, 2)}\n`);
  }
  const admin = adminPassword(dataDir);
  return new Map(
    accounts.map((account) => [
      account,
      account === ADMIN_ACCOUNT ? admin : (kept.get(account) ?? ""),
    ]),
  );
}

function readAccounts(file: string): Map<string, string> {
  const broken = (why: string) =>
    new CaddyError(
      "CADDY_DATA_DIR",
      `${file} ${why}: restore it, or remove it and flash every backplane's new password`,
    );
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw broken(`cannot be read (${(error as Error).message})`);
  }
  const { version, accounts } = (json ?? {}) as { version?: unknown; accounts?: unknown };
  if (version !== 1 || typeof accounts !== "object" || accounts === null) {
    throw broken("is not an accounts file of version 1");
  }
  const entries = Object.entries(accounts as Record<string, unknown>);
  const bad = entries.find(([, password]) => typeof password !== "string" || password === "");
  if (bad) throw broken(`has no password for ${bad[0]}`);
  return new Map(entries as [string, string][]);
}
