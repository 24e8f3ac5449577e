// Faults of a backplane's processor: resets of each cause, anywhere in a step; traps, hangs, and
// what was kept going bad.

import { ModuleTrap } from "../lanes/lane.ts";
import { RTC_OTA_BYTES } from "../parts/rtc-memory.ts";
import type { ResetCause } from "../parts/wemos.ts";
import { type BoardStep, CpuStopped } from "../runtime/board.ts";
import {
  backplaneOf,
  type FaultKind,
  type PlannedEvent,
  pick,
  type Stage,
  spread,
} from "./stage.ts";

const CAUSES: readonly ResetCause[] = [
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

const reset: FaultKind = {
  scope: "backplane",
  meanMs: 150_000,
  draw: (random) => ({ word: pick(random, CAUSES) }),
  strike(stage, { on, word }) {
    if (canReset(stage, on)) wemosOf(stage, on).reset(word as ResetCause);
  },
};

/** Calls `strike` at the n-th step of one of the given kinds. */
function armStep(
  stage: Stage,
  event: PlannedEvent,
  steps: readonly BoardStep[],
  strike: () => void,
): void {
  const wemos = wemosOf(stage, event.on);
  let left = event.n ?? 1;
  const onStep = (step: BoardStep) => {
    if (!steps.includes(step) || --left > 0) return;
    wemos.onStep = null;
    strike();
  };
  wemos.onStep = onStep;
  stage.after(ARMED_MS, () => {
    if (wemos.onStep === onStep) wemos.onStep = null;
  });
}

const LATCH_STEPS: readonly BoardStep[] = ["shift", "latch", "latched"];

const latchReset: FaultKind = {
  scope: "backplane",
  meanMs: 150_000,
  draw: (random) => ({ word: pick(random, CAUSES.slice(1)), n: random.between(1, 9) }),
  strike(stage, event) {
    armStep(stage, event, LATCH_STEPS, () => {
      wemosOf(stage, event.on).reset(event.word as ResetCause);
      throw new CpuStopped("a reset in a latch");
    });
  },
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
      wemos.reset(event.word as ResetCause);
      throw new CpuStopped("a reset in a keep");
    };
    armStep(stage, { ...event, n: 1 }, ["keep"], () => {
      if (part === 0) stop();
      before = wemos.rtc.slice();
      wemos.onStep = (step) => {
        wemos.onStep = null;
        if (step !== "kept") return;
        wemos.rtc.set((before as Uint8Array).subarray(RTC_OTA_BYTES + part), RTC_OTA_BYTES + part);
        stage.checkers.watch.trouble(event.on, { what: "records", durable: false });
        stop();
      };
    });
  },
};

const bootLoop: FaultKind = {
  scope: "backplane",
  meanMs: 900_000,
  draw: (random) => ({ n: random.between(2, 12), ms: spread(random, 300, 20_000) }),
  strike(stage, { on, n = 0, ms = 0 }) {
    for (let i = 0; i < n; i++) {
      stage.after(Math.round((i * ms) / n), () => {
        if (canReset(stage, on)) wemosOf(stage, on).reset("exception");
      });
    }
  },
};

const trap: FaultKind = {
  scope: "backplane",
  meanMs: 250_000,
  draw: (random) => ({ n: random.between(1, 12) }),
  strike(stage, event) {
    armStep(stage, event, ["shift", "keep", "kept", "publish"], () => {
      stage.checkers.watch.trouble(event.on, { what: "trap" });
      throw new ModuleTrap("injected");
    });
  },
};

const hang: FaultKind = {
  scope: "backplane",
  meanMs: 600_000,
  draw: () => ({}),
  strike(stage, { on }) {
    const wemos = wemosOf(stage, on);
    if (wemos.state !== "running") return;
    stage.checkers.watch.trouble(on, { what: "hung" });
    wemos.hang();
  },
};

const records: FaultKind = {
  scope: "backplane",
  meanMs: 400_000,
  draw: (random) => ({ word: pick(random, ["hot", "durable", "both"]), n: random.between(1, 8) }),
  strike(stage, event) {
    const { on, word, n = 1 } = event;
    const wemos = wemosOf(stage, on);
    const random = stage.random(event);
    if (word !== "durable") {
      for (let i = 0; i < n; i++) {
        const at = random.between(RTC_OTA_BYTES, RTC_OTA_BYTES + 300);
        wemos.rtc[at] = (wemos.rtc[at] as number) ^ (1 << random.between(0, 7));
      }
    }
    const file = wemos.flash.read("durable");
    if (word !== "hot" && file !== null) {
      const at = random.between(0, file.length - 1);
      file[at] = (file[at] as number) ^ (1 << random.between(0, 7));
      wemos.flash.write("durable", file);
    }
    stage.checkers.watch.trouble(on, { what: "records", durable: word !== "hot" });
    if (canReset(stage, on)) wemos.reset(word === "durable" ? "power-on" : "watchdog");
  },
};

const flashFull: FaultKind = {
  scope: "backplane",
  meanMs: 900_000,
  draw: (random) => ({ ms: spread(random, 1000, 60_000) }),
  strike(stage, { on, ms = 0 }) {
    const { flash } = wemosOf(stage, on);
    const tell = (failing: boolean) => stage.checkers.watch.trouble(on, { what: "flash", failing });
    flash.failing = true;
    tell(true);
    stage.after(ms, () => {
      flash.failing = false;
      tell(false);
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
  records,
  "flash-full": flashFull,
};
