import type { Command } from "commander";
import { CaddyError } from "../errors.ts";
import { runCommand } from "./command-run.ts";
import { type CommonOptions, withClient, withConnection } from "./connect.ts";
import type { CliIo } from "./io.ts";
import { timeoutOf } from "./power.ts";
import type { Finish } from "./program.ts";

export function addIdentify(program: Command, io: CliIo, finish: Finish): void {
  withConnection(
    program
      .command("identify")
      .description("Light up caddies' locate LEDs, or put them out.")
      .usage("[options] <name...> <on|off>")
      .argument("<name...>", "caddies: names, addresses or quoted patterns; then on or off")
      .option("--timeout <TIME>", "how long to wait for the result", "15s"),
  ).action(async (words: string[], options: CommonOptions & { timeout: string }) => {
    const patterns = words.slice(0, -1);
    const action = words.at(-1) ?? "";
    if (patterns.length === 0 || !["on", "off"].includes(action)) {
      const detail = "say which caddies, then on or off: hostd identify db1 on";
      throw new CaddyError("CADDY_USAGE", detail);
    }
    const run = {
      kind: "identify" as const,
      action,
      body: { on: action === "on" },
      patterns,
      timeoutMs: timeoutOf(options.timeout),
      wait: true,
      json: options.json === true,
    };
    finish(await withClient(options, io, (client) => runCommand(client, io, run)));
  });
}
