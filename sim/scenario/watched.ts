// The checkers of the seven invariants on a scenario's rack. They see wires and the broker's
// packets by themselves; what a script breaks on purpose they are told.

import { CaddyError } from "../../hostd/errors.ts";
import { Checkers, INVARIANTS } from "../checkers/all.ts";
import type { Trouble } from "../checkers/sight.ts";
import type { VirtualRack } from "../rack/virtual-rack.ts";
import { DURATION_MAX_MS } from "./words.ts";

/** What the ring is tried again after, and what a cut may still show. */
const RING_TAIL_MS = 4000;
const RING_NET = /\/(MOSI|SER\d|RING|DS\d|MISO|SCK|LATCH|LOAD_N)$/;

export class Watched {
  readonly checkers: Checkers;
  readonly #rack: VirtualRack;
  #trapsExpected = 0;

  constructor(rack: VirtualRack) {
    this.#rack = rack;
    const { world, shack, backplanes } = rack.rack;
    const { scheduler, nets } = world;
    this.checkers = new Checkers({ scheduler, nets, broker: rack.broker, shack });
    const { watch } = this.checkers;
    watch.add({
      trouble: (_backplane, { what }) => {
        if (what === "trap") this.#trapsExpected++;
      },
    });
    for (const { id, wemos } of backplanes) {
      wemos.onState = (state) => watch.cpu(id, state, wemos.bootsBy["power-on"]);
    }
  }

  /** The first broken invariant in words, null while all hold. */
  get broken(): string | null {
    const [first] = this.checkers.violations;
    if (first === undefined) return null;
    const { invariant, where, text } = first;
    return `invariant ${invariant} (${INVARIANTS[invariant]}) is broken: ${where}: ${text}`;
  }

  /** Traps that no fault had caused: bugs of the module. */
  get ownTraps(): number {
    let traps = 0;
    for (const runtime of this.#rack.rack.runtimes.values()) traps += runtime.trapCount;
    return traps - this.#trapsExpected;
  }

  /** `which`: a backplane or `all`. */
  trouble(which: string, trouble: Trouble): void {
    const { watch } = this.checkers;
    for (const { id } of watch.backplanes) {
      if (which === "all" || which === id) watch.trouble(id, trouble);
    }
  }

  /** A wire was cut or mended. */
  wire(net: string, cut: boolean): void {
    if (!RING_NET.test(net)) return;
    const [id = ""] = net.split("/");
    const untilMs = this.#rack.nowMs + (cut ? DURATION_MAX_MS : RING_TAIL_MS);
    if (cut) this.trouble(id, { what: "ring", untilMs });
    else this.checkers.watch.backplane(id).ringBadUntilMs = untilMs;
  }

  /** Packets take another time from here on. */
  latency(beforeMs: number, nowMs: number): void {
    const slow = nowMs > 1;
    const untilMs = this.#rack.nowMs + (slow ? DURATION_MAX_MS : 2 * beforeMs + 100);
    this.trouble("all", { what: "link", untilMs });
    if (slow) return;
    for (const backplane of this.checkers.watch.backplanes) backplane.linkBadUntilMs = untilMs;
  }

  /** hostd was asked: `give` answers the job's id, or throws its refusal. */
  asked<T extends { id: string }>(name: string, action: string, give: () => T): T {
    const { watch } = this.checkers;
    try {
      const job = give();
      watch.asked({ name, action, job: job.id, error: null });
      return job;
    } catch (error) {
      if (error instanceof CaddyError) {
        watch.asked({ name, action, job: null, error: error.code });
      }
      throw error;
    }
  }
}
