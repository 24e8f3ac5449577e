// Faults of a backplane's processor: resets of each cause, anywhere in a step; traps and hangs.

import { ModuleTrap } from "../lanes/lane.ts";
import { RTC_OTA_BYTES } from "../parts/rtc-memory.ts";
import type { ResetCause } from "../parts/wemos.ts";
import { type BoardStep, CpuStopped } from "../runtime/board.ts";
import {
  backplaneOf,
  type FaultKind,
  LATER,
  type PlannedEvent,
  pick,
  type Stage,
  spread,
} from "./stage.ts";

export const CAUSES: readonly ResetCause[] = [
  "power-on",
  "pin",
  "software",
  "watchdog",
  "exception",
  "ota",
];
/** A fault that waits for a step that does not come goes away again. */
const ARMED_MS = 20_000;

function wemosOf(stage: Stage, id: string) {
  return backplaneOf(stage, id).wemos;
}

const canReset = (stage: Stage, id: string) =>
  ["running", "booting", "hung"].includes(wemosOf(stage, id).state);

/** Whether it could be reset. */
export function tryReset(stage: Stage, id: string, cause: ResetCause): boolean {
  if (!canReset(stage, id)) return false;
  wemosOf(stage, id).reset(cause);
  return true;
}

const reset: FaultKind = {
  scope: "backplane",
  meanMs: 150_000,
  draw: (random) => ({ word: pick(random, CAUSES) }),
  strike: (stage, { on, word }) => tryReset(stage, on, word as ResetCause),
};

/** Calls `strike` at the n-th step, of one of the given kinds if any are given. */
function armStep(
  stage: Stage,
  event: PlannedEvent,
  steps: readonly BoardStep[] | null,
  strike: () => void,
): typeof LATER {
  const wemos = wemosOf(stage, event.on);
  let left = event.n ?? 1;
  const onStep = (step: BoardStep) => {
    if ((steps !== null && !steps.includes(step)) || --left > 0) return;
    wemos.onStep = null;
    strike();
  };
  wemos.onStep = onStep;
  stage.after(ARMED_MS, () => {
    if (wemos.onStep === onStep) wemos.onStep = null;
  });
  return LATER;
}

const LATCH_STEPS: readonly BoardStep[] = ["shift", "latch", "latched"];

const latchReset: FaultKind = {
  scope: "backplane",
  meanMs: 150_000,
  draw: (random) => ({ word: pick(random, CAUSES.slice(1)), n: random.between(1, 9) }),
  strike: (stage, event) =>
    armStep(stage, event, LATCH_STEPS, () => {
      stage.struck?.(event.what);
      wemosOf(stage, event.on).reset(event.word as ResetCause);
      throw new CpuStopped("a reset in a latch");
    }),
};

/** The reset comes before the hot record is written, after it, or with a part of it written. */
const keepReset: FaultKind = {
  scope: "backplane",
  meanMs: 150_000,
  draw: (random) => ({ word: pick(random, CAUSES.slice(1)), n: random.between(0, 330) }),
  strike(stage, event) {
    const wemos = wemosOf(stage, event.on);
    const part = event.n ?? 0;
    let before: Uint8Array | null = null;
    const stop = () => {
      stage.struck?.(event.what);
      wemos.reset(event.word as ResetCause);
      throw new CpuStopped("a reset in a keep");
    };
    return armStep(stage, { ...event, n: 1 }, ["keep"], () => {
      if (part === 0) stop();
      before = wemos.rtc.slice();
      wemos.onStep = (step) => {
        wemos.onStep = null;
        if (step !== "kept") return;
        wemos.rtc.set((before as Uint8Array).subarray(RTC_OTA_BYTES + part), RTC_OTA_BYTES + part);
        stage.checkers.watch.trouble(event.on, damagedRtc(stage, event.on));
        stop();
      };
    });
  },
};

/** What the hot record is now is damage, for as long as nobody writes it anew. */
export function damagedRtc(stage: Stage, id: string) {
  const { rtc } = wemosOf(stage, id);
  const damaged = rtc.slice(RTC_OTA_BYTES);
  const still = () => Buffer.compare(rtc.subarray(RTC_OTA_BYTES), damaged) === 0;
  return { what: "records", durable: false, still } as const;
}

const bootLoop: FaultKind = {
  scope: "backplane",
  meanMs: 900_000,
  draw: (random) => ({ n: random.between(2, 12), ms: spread(random, 300, 20_000) }),
  strike(stage, { on, n = 0, ms = 0 }) {
    for (let i = 0; i < n; i++) {
      stage.after(Math.round((i * ms) / n), () => void tryReset(stage, on, "exception"));
    }
    return canReset(stage, on);
  },
};

/** A module traps inside itself or as it calls, never within what the runtime does for it. */
const TRAP_STEPS: readonly BoardStep[] = [
  "shift",
  "keep",
  "publish",
  "subscribe",
  "measure",
  "note",
  "log",
  "return",
];

const trap: FaultKind = {
  scope: "backplane",
  meanMs: 250_000,
  draw: (random) => ({ n: random.between(1, 16) }),
  strike: (stage, event) =>
    armStep(stage, event, TRAP_STEPS, () => {
      stage.struck?.(event.what);
      stage.checkers.watch.trouble(event.on, { what: "trap" });
      throw new ModuleTrap("injected");
    }),
};

/** Between two calls into the module (n is 0), or within one. */
const hang: FaultKind = {
  scope: "backplane",
  meanMs: 600_000,
  draw: (random) => ({ n: random.between(0, 12) }),
  strike(stage, event) {
    const wemos = wemosOf(stage, event.on);
    if (wemos.state !== "running") return false;
    const stop = () => {
      stage.checkers.watch.trouble(event.on, { what: "hung" });
      wemos.hang();
    };
    if ((event.n ?? 0) === 0) {
      stop();
      return true;
    }
    return armStep(stage, event, null, () => {
      stage.struck?.(event.what);
      stop();
      throw new CpuStopped("a call that does not end");
    });
  },
};

export const BOARD_FAULTS = {
  reset,
  "latch-reset": latchReset,
  "keep-reset": keepReset,
  "boot-loop": bootLoop,
  trap,
  hang,
};
