// Random sequences of commands, times, inputs and resets: the module does what the model does. A
// failure prints fast-check's seed and path; both go into `fc.assert` to see it again.
import fc from "fast-check";
import { test } from "vitest";
import type { Model } from "./model.ts";
import type { ModelSlot } from "./model-slot.ts";
import { Pair } from "./pair.ts";
import type { BootReason } from "./rig.ts";

const SLOTS = 4;
const RUNS = 300;
const SEEDS = [20261123, 7];

type Known = Pick<Model, "slot" | "slots">;
type Step = fc.Command<Known, Pair>;
/** What the SPEC leaves open is not asked: see the tables for what is tested of it. */
const step = (
  words: string,
  allowed: (model: Known) => boolean,
  run: (pair: Pair) => void,
): Step => ({
  check: (model) => allowed(model),
  run: (_model, pair) => run(pair),
  toString: () => words,
});

const faultWait = (slot: ModelSlot) => slot.faultKind !== null && !slot.powered && !slot.latched;
const coming = (slot: ModelSlot) => slot.powered && !slot.good;
const stopping = (slot: ModelSlot) => slot.stopAtMs !== undefined;
/** The old power good has not been seen to fall. */
const stale = (slot: ModelSlot) => !slot.powered && (slot.pgood.believed || slot.pgood.raw);

function mayCommand(slot: ModelSlot, verb: string): boolean {
  if (verb.includes("-")) return true;
  if (slot.present.believed !== slot.present.raw) return false;
  if (faultWait(slot) || slot.latched) return verb === "off" && !stale(slot);
  if (verb === "reset") return !coming(slot);
  return !stale(slot);
}

const anySlot = fc.integer({ min: 1, max: SLOTS });
const verbs = ["on", "off", "cycle", "shutdown", "reset", "usb-on", "usb-off", "identify-on"];

/** What is refused is not remembered, so that its id may not be repeated: it gets none. */
const command = fc.tuple(anySlot, fc.constantFrom(...verbs), fc.boolean()).map(
  ([slot, verb, withId]): Step =>
    step(
      `command ${slot} ${verb}${withId ? " id" : ""}`,
      (model) => mayCommand(model.slot(slot), verb),
      (pair) => {
        const refused = pair.model.refusal(slot, verb) !== undefined;
        pair.command(slot, verb, withId && !refused ? `i${pair.nextId++}` : null);
      },
    ),
);

const repeat = fc.tuple(anySlot, fc.nat(7), fc.boolean()).map(
  ([slot, which, reuse]): Step =>
    step(
      `repeat ${slot} ${which}${reuse ? " reused" : ""}`,
      (model) => model.slot(slot).ids.size > which,
      (pair) => {
        const [id, known] = [...pair.model.slot(slot).ids][which] ?? [];
        if (id === undefined || known === undefined) return;
        const verb = reuse ? (known.verb === "off" ? "on" : "off") : known.verb;
        pair.command(slot, verb, id);
      },
    ),
);

const wait = fc
  .constantFrom(10, 10, 20, 50, 70, 100, 300, 500, 700, 2000, 5000, 16_000, 61_000)
  .map(
    (ms): Step =>
      step(
        `wait ${ms}`,
        () => true,
        (pair) => pair.rig.advance(ms),
      ),
  );

const presence = fc.tuple(anySlot, fc.integer({ min: 1, max: 6 }), fc.constantFrom(40, 100)).map(
  ([slot, type, ms]): Step =>
    step(
      `pull or insert ${slot}, type ${type}, ${ms}`,
      (model) => {
        const { present } = model.slot(slot);
        const open = [faultWait, stopping, stale].some((test) => test(model.slot(slot)));
        return present.raw === present.believed && !open && !model.slot(slot).latched;
      },
      (pair) => {
        const setup = pair.rig.board.slot(slot);
        setup.present = !setup.present;
        if (ms < 50) {
          pair.rig.advance(ms);
          setup.present = !setup.present;
        } else setup.type = setup.present ? 1 + (type % 2) : setup.type;
        pair.rig.advance(ms);
      },
    ),
);

const fault = fc
  .tuple(anySlot, fc.constantFrom("fault", "droop", "riseMs"), fc.constantFrom(30, 100, 700))
  .map(
    ([slot, kind, ms]): Step =>
      step(
        `${kind} of ${slot} for ${ms}`,
        (model) => !stopping(model.slot(slot)) && !stale(model.slot(slot)),
        (pair) => {
          const setup = pair.rig.board.slot(slot);
          if (kind === "riseMs") setup.riseMs = Number.POSITIVE_INFINITY;
          else setup[kind as "fault" | "droop"] = true;
          pair.rig.advance(ms);
          Object.assign(setup, { fault: false, droop: false, riseMs: 20 });
          pair.rig.advance(70);
        },
      ),
  );

const reasons: BootReason[] = ["BOOT_WATCHDOG", "BOOT_PIN", "BOOT_TRAP", "BOOT_POWER_ON"];
const calm = (slot: ModelSlot): boolean => {
  const lines = [slot.present, slot.pgood, slot.fault];
  const busy = [faultWait, coming, stopping, stale].some((test) => test(slot));
  // Whether failures are counted on after a reset is open.
  return lines.every(({ raw, believed }) => raw === believed) && !busy && slot.failures === 0;
};
const isLatched = (slot: ModelSlot) => slot.latched && !slot.pgood.raw && !slot.pgood.believed;
const reset = fc.constantFrom(...reasons).map(
  (reason): Step =>
    step(
      reason,
      (model) =>
        model.slots.every((slot) => calm(slot) || (reason !== "BOOT_POWER_ON" && isLatched(slot))),
      (pair) => {
        pair.reset(reason);
        // What became of those under way is only known later.
        for (const slot of pair.model.slots) {
          for (const [id, { result }] of slot.ids) if (result === "queued") slot.ids.delete(id);
        }
      },
    ),
);

const config = fc
  .record({
    stagger_ms: fc.constantFrom(0, 100, 500, 2000),
    budget_mA: fc.constantFrom(3000, 6000, 12_000),
    off_ms: fc.constantFrom(100, 1000, 5000),
    insert: fc.constantFrom("off", "on", "last"),
    restore: fc.constantFrom("off", "on", "last"),
  })
  .map((values): Step => {
    const lines = [1, 2, 3, 4].flatMap((slot) => [
      `${slot}.off_ms=${values.off_ms}`,
      `${slot}.insert=${values.insert}`,
      `${slot}.restore=${values.restore}`,
      `${slot}.shutdown_timeout_ms=7000`,
    ]);
    const { stagger_ms, budget_mA } = values;
    const text = [`rev=1`, `stagger_ms=${stagger_ms}`, `budget_mA=${budget_mA}`, ...lines].join(
      "\n",
    );
    const open = (slot: ModelSlot) => stopping(slot) || (slot.wanted && !slot.powered);
    const allowed = (model: Known) => !model.slots.some(open);
    // A new stagger counts from the next switch-on: let the hold of the last one pass.
    return step(`config ${JSON.stringify(values)}`, allowed, (pair) => {
      pair.rig.advance(2000);
      pair.config(text);
    });
  });

const swap = fc.constant(
  step(
    "swap",
    () => true,
    (pair) => {
      if (pair.rig.swap() !== 0) throw new Error("the state was refused");
    },
  ),
);

const link = fc.constantFrom(10, 800, 6000).map(
  (ms): Step =>
    step(
      `link down for ${ms}`,
      (model) => model.slots.every(({ job }) => job === undefined),
      (pair) => pair.linkDownFor(ms),
    ),
);

test.each(SEEDS)(`${RUNS} sequences of up to 60 steps, seed %i`, (seed) => {
  const steps = [command, command, command, repeat, wait, wait, presence, fault, reset, config];
  const sequences = fc.commands([...steps, swap, link], { maxCommands: 60, size: "max" });
  const epochs = fc.constantFrom(1000, 2 ** 31 - 3000, 2 ** 32 - 400, 2 ** 32 - 20_000);
  const property = fc.property(epochs, sequences, (epochMs, sequence) => {
    fc.modelRun(() => {
      const pair = new Pair({ slots: SLOTS, epochMs });
      return { model: pair.model, real: pair };
    }, sequence);
  });
  fc.assert(property, { seed, numRuns: RUNS, verbose: 1 });
});
