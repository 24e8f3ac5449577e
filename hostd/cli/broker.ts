import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { brokerPasswords } from "../bus/broker/accounts.ts";
import { accessTable } from "../bus/broker/acl.ts";
import { aclFile, confSnippet, passwordFile } from "../bus/broker/mosquitto.ts";
import { ensureDataDir, writePrivate } from "../edge/files.ts";
import { CaddyError, EXIT } from "../errors.ts";
import { findConfig, loadShack } from "../options.ts";
import { type CliIo, json } from "./io.ts";
import { findDataDir } from "./locate.ts";
import type { Finish } from "./program.ts";

interface ExportOptions {
  out: string;
  data?: string;
  config?: string;
  json?: boolean;
}

export function addBroker(program: Command, io: CliIo, finish: Finish): void {
  const broker = program.command("broker").description("Files for an MQTT broker of your own.");
  broker
    .command("export")
    .description("Write accounts and access rules for another broker.")
    .argument("<kind>", "mosquitto (2.0 or newer)")
    .requiredOption("--out <DIR>", "where to write the files")
    .option("--data <DIR>", "data directory that holds the accounts")
    .option("--config <FILE>", "shack.yaml to use")
    .option("--json", "print JSON")
    .action((kind: string, options: ExportOptions) => {
      if (kind !== "mosquitto") {
        throw new CaddyError("CADDY_USAGE", `cannot export for ${kind}; there is mosquitto`);
      }
      exportMosquitto(options, io);
      finish(EXIT.done);
    });
}

function exportMosquitto(options: ExportOptions, io: CliIo): void {
  const dataDir = findDataDir(options.data, io.env);
  ensureDataDir(dataDir);
  const { config } = options;
  const configFile = config === undefined ? {} : { configFile: resolve(io.env.cwd, config) };
  const shack = loadShack(findConfig({ dataDir, ...configFile }));
  const access = accessTable(
    shack.name,
    shack.backplanes.map(({ id }) => id),
  );
  const passwords = brokerPasswords(
    dataDir,
    access.map(({ account }) => account),
  );
  const out = resolve(io.env.cwd, options.out);
  const files = {
    passwords: join(out, "caddyshack.passwords"),
    acl: join(out, "caddyshack.acl"),
    conf: join(out, "caddyshack.conf"),
  };
  try {
    if (!existsSync(out)) mkdirSync(out, { recursive: true, mode: 0o700 });
    writePrivate(files.passwords, passwordFile(access, passwords));
    writePrivate(files.acl, aclFile(access));
    writePrivate(files.conf, confSnippet(out), 0o644);
  } catch (error) {
    throw new CaddyError("CADDY_DATA_DIR", `cannot write to ${out}: ${(error as Error).message}`);
  }
  if (options.json) io.out(json({ files, accounts: access.map(({ account }) => account) }));
  else io.out(nextSteps(out, access.length));
}

function nextSteps(out: string, count: number): string {
  return `Wrote ${count} accounts to ${out}: caddyshack.passwords, caddyshack.acl, caddyshack.conf.

1. Mosquitto must be able to read the first two, nobody else should:
     sudo chown mosquitto ${out}/caddyshack.passwords ${out}/caddyshack.acl
   and may need the x bit on the directories above them.
2. Let it read the third:
     sudo ln -s ${out}/caddyshack.conf /etc/mosquitto/conf.d/ && sudo systemctl restart mosquitto
3. Start hostd with it:
     hostd up --mqtt mqtt://127.0.0.1:1883

Run this again after adding a backplane. Two things the embedded broker does and Mosquitto cannot:
it refuses retained commands (the backplanes refuse them too), and it ties client ids to accounts.`;
}
