// `hostd console`: one console in this terminal, its record, a script on it, or the list of all.

import { type Command, Option } from "commander";
import { CaddyError } from "../errors.ts";
import type { StatusView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { type CommonOptions, chooseCaddies, withClient, withConnection } from "./connect.ts";
import { attach } from "./console-attach.ts";
import { listConsoles } from "./console-list.ts";
import { type LogOptions, printLog } from "./console-log.ts";
import { mapConsoles } from "./console-map.ts";
import { parseScript, runScript } from "./console-script.ts";
import type { CliIo } from "./io.ts";
import { findTarget } from "./locate.ts";
import { timeoutOf } from "./power.ts";
import type { Finish } from "./program.ts";

interface ConsoleOptions extends CommonOptions, LogOptions {
  list?: boolean;
  only?: string[];
  yes?: boolean;
  log?: boolean;
  readOnly?: boolean;
  take?: boolean;
  step?: Step[];
  timeout: string;
}

/** `--expect` and `--send` in the order they were given. */
export type Step = { expect: string } | { send: string };

const HELP = `
At the begin of a line ~. leaves, ~? lists the other keys.
A script: hostd console db1 --send '\\n' --expect 'login:' --send 'root\\n' --expect '# '
In --send \\n, \\r, \\t, \\e and \\xHH stand for those characters; in --expect /.../ is a regular
expression.`;

export function addConsole(program: Command, io: CliIo, finish: Finish): void {
  const steps: Step[] = [];
  const verb = withConnection(
    program
      .command("console")
      .description("Look at a caddy's serial console, type on it, search its record.")
      .argument("[name]", "a caddy: its name or address; or map, to find out whose each port is")
      .option("--list", "all consoles: line, who writes, who looks, how far booted")
      .option("--only <NAME...>", "with map: only these caddies")
      .option("--yes", "with map: also power-cycle caddies that are on")
      .option("--read-only", "only look")
      .option("--take", "take over from whoever writes")
      .option("--log", "print what was printed, and leave")
      .option("--since <WHEN>", "with --log: from then on: 10m, 2h, a time (ISO 8601), an offset")
      .option("--until <WHEN>", "with --log: up to then")
      .option("--search <TEXT>", "with --log: only lines with this text")
      .option("--tail <N>", "with --log: the last so many lines")
      .addOption(
        new Option("--format <FORMAT>", "with --log")
          .choices(["text", "json", "cast"])
          .default("text"),
      )
      .option("--send <TEXT>", "send this, in the order of --send and --expect", (text) => {
        steps.push({ send: text });
        return text;
      })
      .option("--expect <TEXT>", "wait until this is printed", (text) => {
        steps.push({ expect: text });
        return text;
      })
      .option("--timeout <TIME>", "how long each --expect waits", "60s")
      .addHelpText("after", HELP),
  );
  verb.action(async (name: string | undefined, options: ConsoleOptions) => {
    finish(await run(name, { ...options, step: steps }, io));
  });
}

async function run(name: string | undefined, options: ConsoleOptions, io: CliIo): Promise<number> {
  const { list, log, step = [] } = options;
  if ([list === true, log === true, step.length > 0].filter(Boolean).length > 1) {
    throw new CaddyError(
      "CADDY_USAGE",
      "--list, --log and a script (--send, --expect) are three things",
    );
  }
  if (list) return withClient(options, io, (client) => listConsoles(client, io, options));
  if (name === "map") {
    const { only = [], yes = false, json = false } = options;
    return withClient(options, io, (client) => mapConsoles(client, io, { only, yes, json }));
  }
  if (name === undefined) {
    throw new CaddyError("CADDY_USAGE", "say which caddy: hostd console db1 (or --list)");
  }
  return withClient(options, io, async (client) => {
    const caddy = await oneCaddy(client, name);
    if (log) return printLog(client, io, caddy, options);
    if (step.length > 0) {
      const script = parseScript(step);
      const timeoutMs = timeoutOf(options.timeout);
      const { take = false, json = false } = options;
      return runScript(client, io, caddy, script, { timeoutMs, take, json });
    }
    if (options.json) {
      throw new CaddyError("CADDY_USAGE", "--json goes with --list, --log or a script");
    }
    const { readOnly = false, take = false } = options;
    return attach(findTarget(options, io.env), caddy, io, { readOnly, take });
  });
}

/** A console is of one caddy: a pattern that means several is a mistake. */
async function oneCaddy(client: HostdClient, word: string): Promise<string> {
  const [first, second] = chooseCaddies([word], await client.get<StatusView>("/api/v1/status"));
  if (first && !second) return first.name;
  throw new CaddyError("CADDY_USAGE", `a console is of one caddy, ${word} means several`);
}
