import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { ModulesView } from "../api/schemas-modules.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { ModuleView } from "../flashing/push/views.ts";
import { type CommonOptions, withClient, withConnection } from "./connect.ts";
import { type CliIo, json, table } from "./io.ts";
import { timeoutOf } from "./power.ts";
import type { Finish } from "./program.ts";
import { runPush } from "./push-run.ts";
import { pushText, targetText } from "./push-text.ts";

interface PushOptions extends CommonOptions {
  all?: boolean;
  canary: string;
  wait?: boolean;
  again?: boolean;
  file?: string;
  timeout: string;
}

const HELP = `
The backplane swaps modules without a reset: caddies keep their power, and the logic stands still
for less than 100 ms. The new module is on trial until it was linked for a minute; if it fails,
the backplane goes back by itself. The canaries come first, and the others only when these are
confirmed and as they were before. hostd goes on with it without this command, and after a restart.

Examples:
  hostd module push bp1 --wait
  hostd module push --all --canary 1 --wait`;

export function addModule(program: Command, io: CliIo, finish: Finish): void {
  const module = program
    .command("module")
    .description("Push the logic to backplanes, or list what runs there.");
  withConnection(
    module
      .command("push")
      .description("Push a module to backplanes while they run.")
      .argument("[name...]", "backplanes")
      .option("--all", "all backplanes of the shack")
      .option("--canary <N>", "so many are tried before the others", "1")
      .option("--wait", "wait until all have confirmed it")
      .option("--again", "also where it runs already")
      .option("--file <FILE>", "a module (default: the one that hostd builds)")
      .option("--timeout <TIME>", "with --wait: how long", "20m"),
  )
    .addHelpText("after", HELP)
    .action(async (names: string[], options: PushOptions) => {
      finish(await push(names, options, io));
    });
  withConnection(
    module.command("list").description("Show the module of every backplane and the last push."),
  ).action(async (options: CommonOptions) => {
    const view = await withClient(options, io, (c) => c.get<ModulesView>("/api/v1/modules"));
    const { modules, push: last } = view;
    io.out(options.json ? json({ modules, push: last }) : listText(view));
    finish(EXIT.done);
  });
}

const usage = (detail: string) => new CaddyError("CADDY_USAGE", detail);

async function push(names: readonly string[], options: PushOptions, io: CliIo): Promise<number> {
  const { all = false, again = false, wait = false } = options;
  if (all === names.length > 0) throw usage("say which backplanes, or --all");
  if (!/^\d{1,3}$/.test(options.canary)) {
    throw usage(`--canary wants a number from 0 to 999, not ${options.canary}`);
  }
  const module = options.file === undefined ? null : readModule(options.file, io);
  const backplanes = all ? null : names;
  const body = { backplanes, canary: Number(options.canary), module, again };
  const timeoutMs = timeoutOf(options.timeout);
  const run = { body, wait, timeoutMs, json: options.json === true };
  return withClient(options, io, (client) => runPush(client, io, run));
}

/** In base64; what it holds is looked at by hostd. */
function readModule(name: string, io: CliIo): string {
  const file = resolve(io.env.cwd, name);
  try {
    return readFileSync(file).toString("base64");
  } catch (error) {
    throw usage(`--file: ${(error as Error).message}`);
  }
}

function listText({ modules, push: last }: ModulesView): string {
  const rows = [["BACKPLANE", "ONLINE", "BOARD", "MODULE", "SLOT", "SEQUENCE", "TRIAL", "ERROR"]];
  rows.push(...modules.map(row));
  if (last === null) return table(rows);
  const targets = last.targets.map((target) => [
    target.backplane,
    targetText(target, last.targets.length === 1),
  ]);
  const head = `push ${last.id} by ${last.actor}, ${last.state}: ${pushText(last)}`;
  return [table(rows), "", head, table(targets)].join("\n");
}

function row(module: ModuleView): string[] {
  const { backplane, online, board, slot, sequence, trial, error } = module;
  const yesNo = (flag: boolean | null) => (flag === null ? "-" : flag ? "yes" : "no");
  const number = (value: number | null) => (value === null ? "-" : String(value));
  return [
    backplane,
    yesNo(online),
    board ?? "-",
    module.module ?? "-",
    slot ?? "-",
    number(sequence),
    yesNo(trial),
    error === 0 ? "-" : number(error),
  ];
}
