// What was kept goes bad: flipped bits in the RTC memory and in the flash, and a flash that cannot
// be written.

import { RTC_OTA_BYTES } from "../parts/rtc-memory.ts";
import type { Random } from "../world/random.ts";
import { CAUSES, damagedRtc, tryReset } from "./board.ts";
import {
  backplaneOf,
  type FaultKind,
  type PlannedEvent,
  pick,
  type Stage,
  spread,
} from "./stage.ts";

const drawDamage = (random: Random) => ({
  word: pick(random, ["hot", "durable", "both"]),
  n: random.between(1, 8),
});

/** Flips bits where the event's word says so. */
function damage(stage: Stage, { on, word, n = 1 }: PlannedEvent, random: Random): void {
  const { wemos } = backplaneOf(stage, on);
  const { watch } = stage.checkers;
  if (word !== "durable") {
    for (let i = 0; i < n; i++) {
      const at = random.between(RTC_OTA_BYTES, RTC_OTA_BYTES + 300);
      wemos.rtc[at] = (wemos.rtc[at] as number) ^ (1 << random.between(0, 7));
    }
    watch.trouble(on, damagedRtc(stage, on));
  }
  const file = wemos.flash.read("durable");
  if (word === "hot" || file === null) return;
  const at = random.between(0, file.length - 1);
  file[at] = (file[at] as number) ^ (1 << random.between(0, 7));
  // Wear does not ask whether the flash can be written.
  const { failing } = wemos.flash;
  wemos.flash.failing = false;
  wemos.flash.write("durable", file);
  wemos.flash.failing = failing;
  const still = () => Buffer.compare(wemos.flash.read("durable") ?? new Uint8Array(0), file) === 0;
  watch.trouble(on, { what: "records", durable: true, still });
}

/** Noticed at once, by a reset of any cause. */
const records: FaultKind = {
  scope: "backplane",
  meanMs: 400_000,
  draw: drawDamage,
  strike(stage, event) {
    const random = stage.random(event);
    damage(stage, event, random);
    return tryReset(stage, event.on, pick(random, CAUSES));
  },
};

/** Noticed by whatever reset comes next, if it is not written anew before. */
const bitRot: FaultKind = {
  scope: "backplane",
  meanMs: 400_000,
  draw: drawDamage,
  strike(stage, event) {
    damage(stage, event, stage.random(event));
    return true;
  },
};

const flashFull: FaultKind = {
  scope: "backplane",
  meanMs: 900_000,
  draw: (random) => ({ ms: spread(random, 1000, 60_000) }),
  strike(stage, { on, ms = 0 }) {
    const { flash } = backplaneOf(stage, on).wemos;
    const tell = (failing: boolean) => stage.checkers.watch.trouble(on, { what: "flash", failing });
    flash.failing = true;
    tell(true);
    stage.after(ms, () => {
      flash.failing = false;
      tell(false);
    });
    return true;
  },
};

export const RECORD_FAULTS = { records, "bit-rot": bitRot, "flash-full": flashFull };
