// Runs a scenario in virtual time. Same text, same seed, same module: the same transcript, to the
// byte.

import type { Violation } from "../checkers/all.ts";
import type { Watch } from "../checkers/watch.ts";
import type { Lane } from "../lanes/lane.ts";
import { VirtualRack } from "../rack/virtual-rack.ts";
import { drawnIds, VirtualHostd } from "../run/virtual-hostd.ts";
import { type Entry, jsonLine, seconds, transcriptLine } from "../trace/entry.ts";
import { NetTap, Recorder } from "../trace/recorder.ts";
import { storyOf } from "../trace/story.ts";
import { VcdTrace } from "../trace/vcd.ts";
import { parseScenario, type Scenario, type Step } from "./parse.ts";
import { ScenarioFailure, Stage } from "./stage.ts";
import { Watched } from "./watched.ts";

export interface ScenarioOptions {
  lane: Lane;
  /** Stands before line numbers: the file's name. */
  name?: string;
  /** In place of the script's. */
  seed?: number;
  /** Takes every sample, also where no input can have changed. */
  noSkip?: boolean;
  /** Backplanes whose wires and registers go into `vcd`; an unknown one is an error. */
  vcd?: readonly string[] | "all";
  /** The caddy whose `story` is told; an unknown one is an error. */
  story?: string;
  /** Called before the first step, for checkers. */
  onRack?: (rack: VirtualRack, watch: Watch) => void;
  /** Called for everything that happens, as it happens. */
  onEntry?: (entry: Entry) => void;
}

export interface ScenarioResult {
  seed: number;
  ok: boolean;
  /** `name:12: expect edges db1 1: ...`, null when all held. */
  failure: string | null;
  /** The first broken invariant, null while all hold. */
  violation: Violation | null;
  /** Its first line is the seed, its last the verdict. */
  transcript: string;
  /** One JSON object a line. */
  trace: string;
  vcd: string | null;
  story: string | null;
}

/** Throws ScenarioError when the text cannot be read; what fails in the run is in the result. */
export async function runScenario(text: string, options: ScenarioOptions): Promise<ScenarioResult> {
  const { name = "scenario" } = options;
  const scenario = parseScenario(text, name);
  const seed = options.seed ?? scenario.seed;
  const entries: Entry[] = [];
  const { stage, vcd } = setStage(scenario, options, seed, (entry) => {
    entries.push(entry);
    options.onEntry?.(entry);
  });
  if (options.story !== undefined) stage.control.truth(options.story);
  options.onRack?.(stage.rack, stage.watched.checkers.watch);
  const failure = await runSteps(stage, scenario.steps, name);
  const atS = seconds(stage.rack.nowMs).padStart(9);
  const verdict = failure === null ? `${atS}  ok` : `${atS}  FAILED ${failure}`;
  const shown = entries.filter(
    ({ quiet, kind }) => !quiet && !(kind === "console" && scenario.quietConsoles),
  );
  return {
    seed,
    ok: failure === null,
    failure,
    violation: stage.watched.checkers.violations[0] ?? null,
    transcript: `${[`seed ${seed}`, ...shown.map(transcriptLine), verdict].join("\n")}\n`,
    trace: entries.map((entry) => `${jsonLine(entry)}\n`).join(""),
    vcd: vcd?.text() ?? null,
    story: options.story === undefined ? null : storyOf(options.story, stage.control, entries),
  };
}

function setStage(
  scenario: Scenario,
  options: ScenarioOptions,
  seed: number,
  onEntry: (entry: Entry) => void,
): { stage: Stage; vcd: VcdTrace | null } {
  const { shack } = scenario;
  const { lane, noSkip = false, vcd: chosen = [] } = options;
  const wanted = chosen === "all" ? shack.backplanes.map(({ id }) => id) : chosen;
  const tap = new NetTap();
  const bitByBit = wanted.length > 0;
  const rack = new VirtualRack({ shack, lane, seed, noSkip, bitByBit, netTrace: tap });
  const vcd = bitByBit ? new VcdTrace(rack.rack, wanted) : null;
  if (vcd) tap.listeners.push((net) => vcd.net(net));
  const watched = new Watched(rack);
  const recorder = new Recorder({ rack, shack, tap });
  recorder.listeners.push(onEntry);
  let starts = 0;
  const hostd = new VirtualHostd({
    shack,
    scheduler: rack.rack.world.scheduler,
    broker: rack.broker,
    // Readable, and never the same twice.
    randomId: scenario.randomRun ? drawnIds(rack.rack.world.random) : () => `h${++starts}`,
    onEvent: (event) => {
      recorder.hostd(event);
      watched.checkers.watch.hostd(event);
    },
    onLog: (level, line) => recorder.hostdSays(`${level}: ${line}`),
  });
  const stage = new Stage({ rack, shack, hostd, recorder, watched });
  if (scenario.randomRun) {
    stage.enterOperator();
    rack.start();
    hostd.start();
  } else {
    hostd.start();
    rack.start();
  }
  stage.mark();
  return { stage, vcd };
}

/** What went wrong, with its line; null when nothing did. */
async function runSteps(stage: Stage, steps: readonly Step[], name: string) {
  const [first] = steps;
  if (first?.atMs != null) stage.turnAt(first.atMs);
  for (const [i, step] of steps.entries()) {
    const why = await runStep(stage, step, steps[i + 1]?.atMs ?? null);
    if (why !== null) return `${name}:${step.line}: ${step.text}: ${why}`;
  }
  // What happened in the last instant is judged at its end.
  const { broken, ownTraps } = stage.watched;
  if (broken !== null) return `${name}: ${broken}`;
  return ownTraps > 0 ? `${name}: the module trapped by itself, ${ownTraps} times` : null;
}

function aboutOf(stage: Stage, { values }: Step): { caddy?: string; backplane?: string } {
  if (values.has("caddy")) {
    const caddy = values.text("caddy");
    const [backplane = ""] = stage.control.truth(caddy).address.split("/");
    return { caddy, backplane };
  }
  return values.has("backplane") ? { backplane: values.text("backplane") } : {};
}

/**
 * An expectation that does not hold, or a verb that cannot be done as things are (or could, though
 * it had to be refused), is the scenario's failure. Anything else is a bug and thrown.
 */
async function runStep(stage: Stage, step: Step, nextAtMs: number | null): Promise<string | null> {
  try {
    if (step.atMs !== null) {
      if (step.atMs < stage.rack.nowMs) return `it is ${seconds(stage.rack.nowMs)} s already`;
      await stage.untilTurn();
    }
    if (nextAtMs !== null) stage.turnAt(nextAtMs);
    stage.recorder.script(step.text, aboutOf(stage, step));
    await step.verb.run(stage, step.values);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    if (!step.refused || error instanceof ScenarioFailure) return error.message;
    stage.recorder.script(`refused: ${error.message}`);
    return null;
  }
  return step.refused ? "it was not refused" : null;
}
