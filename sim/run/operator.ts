// A person with a dashboard, a script and bad manners: commands through hostd and straight to the
// broker, repeated, retained, malformed, misspelt. What it does is drawn beforehand like the
// faults.

import type { CommandKind, CommandVerb } from "../../hostd/bus/topics.ts";
import { CaddyError } from "../../hostd/errors.ts";
import { exponential, storms } from "../faults/plan.ts";
import { type PlannedEvent, pick, type Stage } from "../faults/stage.ts";
import type { Client } from "../mqtt/client.ts";
import type { Random, RandomSource } from "../world/random.ts";

/** Mean time between two commands. */
const COMMAND_MEAN_MS = 10_000;
const POWER = ["on", "on", "on", "off", "cycle", "shutdown", "reset"];
const WRONG_NAMES = ["", "all", "*", "bp1/1", "bp9-1", "db", "DB1", "db1 ", "../db1", "shack1"];
const MALFORMED = [
  "",
  "on ",
  " on",
  "ON",
  "on  x",
  "on a b",
  "on\n",
  'on "x"',
  "on 12345678901234567",
];

export interface OperatorOptions {
  random: RandomSource;
  endMs: number;
  caddies: readonly string[];
}

/** `ask` goes through hostd; `send` is published as it is, `word` being `<kind> <payload>`. */
export function planCommands({ random, endMs, caddies }: OperatorOptions): PlannedEvent[] {
  const stream = random.stream("operator");
  const events: PlannedEvent[] = caddies.map((on, i) => {
    return { atMs: 5000 + i, what: "ask", on, word: "power on" };
  });
  let count = 0;
  for (const { fromMs, toMs } of storms(endMs)) {
    let atMs = fromMs;
    for (;;) {
      atMs += exponential(stream, COMMAND_MEAN_MS);
      if (atMs >= toMs) break;
      const event = drawCommand(stream, caddies, count++);
      events.push({ atMs, ...event });
      // The same once more, as a client does that saw no answer.
      if (event.what === "send" && stream.between(0, 3) === 0) {
        events.push({ atMs: Math.min(toMs, atMs + stream.between(0, 20_000)), ...event });
      }
    }
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

function drawWord(random: Random): string {
  const kind = pick(random, ["power", "power", "power", "usb", "identify"]);
  return `${kind} ${kind === "power" ? pick(random, POWER) : pick(random, ["on", "off"])}`;
}

function drawCommand(random: Random, caddies: readonly string[], count: number) {
  const on = pick(random, caddies);
  const dice = random.between(0, 99);
  if (dice < 4) return { what: "ask", on: pick(random, WRONG_NAMES), word: "power on" };
  if (dice < 60) return { what: "ask", on, word: drawWord(random) };
  if (dice < 66) return { what: "send", on, word: `power ${pick(random, MALFORMED)}` };
  if (dice < 70) return { what: "retain", on, word: `${drawWord(random)} r${count}` };
  if (dice < 78) return { what: "send", on, word: drawWord(random) };
  // Ids come round again, on the same slot or another, with the same verb or another.
  const id = dice < 90 ? `m${count}` : `m${random.between(Math.max(0, count - 40), count)}`;
  return { what: "send", on, word: `${drawWord(random)} ${id}` };
}

export const OPERATOR_ACTIONS = ["ask", "send", "retain"];

export function operate(stage: Stage, client: Client, event: PlannedEvent): void {
  const { on, word = "", what } = event;
  const [kind = ""] = word.split(" ", 1);
  const payload = word.slice(kind.length + 1);
  if (what === "ask") {
    ask(stage, on, kind as CommandKind, payload as CommandVerb);
    return;
  }
  const { shack } = stage.virtual.rack;
  const { address } = stage.virtual.control.edges(on);
  const topic = `caddyshack/${shack.name}/${address}/${kind}/set`;
  if (client.state === "up") client.publish(topic, payload, { retain: what === "retain" });
}

function ask(stage: Stage, name: string, kind: CommandKind, action: CommandVerb): void {
  if (!stage.hostd.running) return;
  const { watch } = stage.checkers;
  try {
    const job = stage.hostd.controller.command(name, kind, action, "operator").id;
    watch.asked({ name, action, job, error: null });
  } catch (error) {
    if (!(error instanceof CaddyError)) throw error;
    watch.asked({ name, action, job: null, error: error.code });
  }
}
