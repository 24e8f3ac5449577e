// Writes a random run, or what is left of one, as a scenario: the same seed, rack, events and
// moments, so that the same happens.

import type { Backplane, Caddy, Shack } from "../../hostd/model/shack.ts";
import { defaultShackYaml, parseShack } from "../../hostd/model/shack.ts";
import { storms } from "../faults/plan.ts";
import type { PlannedEvent } from "../faults/stage.ts";
import type { Case } from "../run/case.ts";
import { mixedShack } from "../run/mixed-shack.ts";
import { OPERATOR_ACTIONS } from "../run/operator.ts";
import { quoted } from "./words.ts";

/** `1314.006s` */
function moment(ms: number): string {
  return `${(ms / 1000).toFixed(3)}s`;
}

function eventWords({ what, on, ms, n, word }: PlannedEvent): string {
  if (OPERATOR_ACTIONS.includes(what)) {
    const [kind = ""] = (word ?? "").split(" ", 1);
    const payload = (word ?? "").slice(kind.length + 1);
    const plain = payload.split(" ").every((one) => one !== "" && quoted(one) === one);
    return `${what} ${quoted(on)} ${kind} ${plain ? payload : JSON.stringify(payload)}`;
  }
  const figures = [ms === undefined ? "" : `for=${ms}ms`, n === undefined ? "" : `n=${n}`];
  const words = ["fault", what, on, ...figures, word === undefined ? "" : `word=${word}`];
  return words.filter((one) => one !== "").join(" ");
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function backplaneLine(one: Backplane): string {
  const { id, slots, staggerMs, budgetMa, phaseMs, coldPeriodMs } = one;
  const times = `stagger=${staggerMs}ms phase=${phaseMs}ms period=${coldPeriodMs}ms`;
  return `backplane ${id} slots=${slots} budget=${budgetMa} ${times}`;
}

function caddyLine(one: Caddy): string {
  const { restore, insert, order, delayMs } = one.powerOn;
  const policies = `restore=${restore} insert=${insert} order=${order} delay=${delayMs}ms`;
  const times = `off=${one.offMs}ms shutdown=${one.shutdownTimeoutMs}ms limit=${one.limitMa}`;
  const place = `slot=${one.backplane}/${one.slot} carrier=${one.carrier}`;
  return `caddy ${one.name} ${place} ${policies} ${times}`;
}

/** Set-up lines that make this rack; its supply has the usual voltage. */
export function rackLines(shack: Shack): string[] {
  if (same(shack, parseShack(defaultShackYaml, "default"))) return ["rack default"];
  if (same(shack, mixedShack())) return ["rack mixed"];
  return [
    "rack empty",
    `shack ${shack.name}`,
    `amps ${shack.supply.amps}`,
    ...shack.backplanes.map(backplaneLine),
    ...shack.caddies.map(caddyLine),
  ];
}

/**
 * `untilMs`: when it failed; it runs on to the end of the quiet behind, where it is judged, and
 * with `everyJudgement` also at the ends of those before.
 */
export function plannedScenario(
  one: Case,
  shack: Shack,
  untilMs: number,
  everyJudgement: boolean,
): string {
  const all = storms(one.endMs).map(({ judgedMs }) => judgedMs);
  const first = all.slice(0, all.findIndex((ms) => ms >= untilMs) + 1 || all.length);
  const judged = everyJudgement ? first : first.slice(-1);
  const lines = [
    ...one.events.map((event) => ({ atMs: event.atMs, text: eventWords(event) })),
    ...judged.map((atMs) => ({ atMs, text: "expect settled" })),
  ].sort((a, b) => a.atMs - b.atMs);
  const end = judged.at(-1) ?? 0;
  // What happens in the last instant is judged at its end.
  const tailMs = Math.max(1000, untilMs + 1000 - end);
  return [
    `# ${one.why}`,
    `seed ${one.seed}`,
    ...rackLines(shack),
    "random-run",
    ...lines.map(({ atMs, text }) => `at ${moment(atMs)} ${text}`),
    `run ${tailMs}ms`,
    "",
  ].join("\n");
}
