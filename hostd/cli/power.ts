import type { Command } from "commander";
import { POWER_VERBS } from "../bus/topics.ts";
import { CaddyError } from "../errors.ts";
import { nearest } from "../model/names.ts";
import { runCommand } from "./command-run.ts";
import { type CommonOptions, withClient, withConnection } from "./connect.ts";
import { type CliIo, parseDuration } from "./io.ts";
import type { Finish } from "./program.ts";

interface PowerOptions extends CommonOptions {
  timeout: string;
  wait: boolean;
}

const HELP = `
Waits for the electrical result: \`on\` is done when power is good, \`shutdown\` when it is cut.
Names are exact; addresses (bp1/2) and quoted patterns ('bp1/*', 'db*') are fine too.

Examples:
  hostd power on db1 db2
  hostd power cycle 'bp1/*'
  hostd power shutdown db1 --timeout 5m`;

export function addPower(program: Command, io: CliIo, finish: Finish): void {
  withConnection(
    program
      .command("power")
      .description("Switch caddies: on, off, cycle, shutdown or reset.")
      .argument("<action>", POWER_VERBS.join(", "))
      .argument("<name...>", "caddies: names, addresses or quoted patterns")
      .option("--timeout <TIME>", "how long to wait for the result: 90s, 5m", "180s")
      .option("--no-wait", "return once the commands are sent"),
  )
    .addHelpText("after", HELP)
    .action(async (action: string, patterns: string[], options: PowerOptions) => {
      if (!POWER_VERBS.some((verb) => verb === action)) {
        const near = nearest(action, POWER_VERBS, 1)[0];
        const hint = near ? `; did you mean ${near}?` : `; there is ${POWER_VERBS.join(", ")}`;
        throw new CaddyError("CADDY_USAGE", `no action ${JSON.stringify(action)}${hint}`);
      }
      const run = {
        kind: "power" as const,
        action,
        body: { action },
        patterns,
        timeoutMs: timeoutOf(options.timeout),
        wait: options.wait,
        json: options.json === true,
      };
      finish(await withClient(options, io, (client) => runCommand(client, io, run)));
    });
}

/** Throws CADDY_USAGE. */
export function timeoutOf(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== null) return timeoutMs;
  throw new CaddyError("CADDY_USAGE", `--timeout wants a time like 90s or 2m, not ${text}`);
}
