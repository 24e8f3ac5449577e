// Everything at once, from a seed: commands, bad inputs, stuck lines, a noisy ring, no room, lost
// sessions, swaps, crashes and resets. Then all is healed, and it is checked what must hold then.
import { expect, test } from "vitest";
import { OUT_PWR_EN, OUT_RESET_REQ, OUT_SHDN_REQ } from "../../hardware/registers.ts";
import { type Random, seeded } from "./random.ts";
import { type BootReason, Crash, Rig } from "./rig.ts";
import { checkOutputs, lane, ready } from "./suite.ts";

const SLOTS = 4;
const STEPS = 120;
const reasons: BootReason[] = ["BOOT_WATCHDOG", "BOOT_EXCEPTION", "BOOT_TRAP", "BOOT_POWER_ON"];

class Chaos {
  readonly rig: Rig;
  readonly random: Random;
  /** Sent since the last reset: each must end. */
  open: string[] = [];
  sent = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
    const epochMs = this.random.pick([1000, 2 ** 31 - 9000, 2 ** 32 - 9000]);
    const timeouts = [1, 2, 3, 4].map((slot) => `${slot}.shutdown_timeout_ms=8000`);
    this.rig = ready(new Rig(lane, { slots: SLOTS, epochMs }), ...timeouts, "stagger_ms=200");
  }

  command(): void {
    const { rig, random } = this;
    if (!rig.wire.linked || rig.wire.room < 2) return;
    const kind = random.pick(["power", "power", "power", "usb", "identify"]);
    const power = ["on", "on", "off", "cycle", "shutdown", "reset"];
    const verb = kind === "power" ? random.pick(power) : random.pick(["on", "off"]);
    const id = `c${this.sent++}`;
    this.open.push(id);
    rig.send(`${1 + random.below(SLOTS)}/${kind}/set`, `${verb} ${id}`);
  }

  disturb(): void {
    const { rig, random } = this;
    const setup = rig.board.slot(1 + random.below(SLOTS));
    const kind = random.below(8);
    if (kind === 0) setup.present = !setup.present;
    else if (kind === 1) setup.fault = !setup.fault;
    else if (kind === 2) setup.droop = !setup.droop;
    else if (kind === 3) setup.riseMs = random.pick([0, 20, 300, Number.POSITIVE_INFINITY]);
    else if (kind === 4) setup.stuck = random.pick([undefined, 0, 0xff]);
    else if (kind === 5) setup.button = !setup.button;
    else if (kind === 6) setup.heartbeatMs = random.pick([undefined, 30, 500]);
    else rig.board.damage = random.chance(0.5) ? {} : { out: (byte) => byte ^ random.below(3) };
  }

  wire(): void {
    const { rig, random } = this;
    if (random.chance(0.5)) rig.wire.room = random.pick([0, 1, 2, 5, Number.POSITIVE_INFINITY]);
    else if (rig.wire.linked) rig.link(false);
    else {
      rig.wire.room = SLOTS;
      rig.link(true);
    }
  }

  /** Powered and good, as the module can see it. */
  carried(): number[] {
    const { board } = this.rig;
    return [1, 2, 3, 4].filter((slot) => {
      const byte = board.inputs()[slot - 1] ?? 0;
      const clean = byte !== 0 && byte !== 0xff && (byte & 7) === 6;
      return clean && board.output(slot) & OUT_PWR_EN && this.rig.state(slot).power === "on";
    });
  }

  reset(crashed: boolean): void {
    const { rig, random } = this;
    this.open = [];
    // A cut that a broken ring held up, or a crash, is made by the first latch.
    const clean = !crashed && rig.wire.linked && rig.board.damage.out === undefined;
    const before = clean ? this.carried() : [];
    rig.crashAfter = Number.POSITIVE_INFINITY;
    rig.board.damage = {};
    rig.wire.room = Number.POSITIVE_INFINITY;
    const reason = random.pick(reasons);
    const from = rig.board.edges.length;
    rig.reset(reason);
    if (reason === "BOOT_POWER_ON") return;
    const cut = rig.board.edges.slice(from).filter(({ on, slot }) => !on && before.includes(slot));
    expect(cut, `${reason} with ${before} good`).toEqual([]);
  }

  step(): void {
    const { rig, random } = this;
    const kind = random.below(20);
    if (random.chance(0.02)) rig.crashAfter = random.below(30);
    try {
      if (kind < 7) this.command();
      else if (kind < 11) this.disturb();
      else if (kind < 13) this.wire();
      else if (kind === 13 && random.chance(0.4)) this.reset(false);
      else if (kind === 14) rig.swap();
      else rig.advance(random.pick([1, 10, 49, 51, 200, 1000, 3000]));
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.reset(true);
    }
  }

  heal(): void {
    const { rig } = this;
    rig.crashAfter = Number.POSITIVE_INFINITY;
    rig.board.damage = {};
    rig.wire.room = Number.POSITIVE_INFINITY;
    for (let slot = 1; slot <= SLOTS; slot++) {
      const calm = { present: true, fault: false, droop: false, riseMs: 20, stuck: undefined };
      Object.assign(rig.board.slot(slot), calm, { button: false, heartbeatMs: undefined });
    }
    if (!rig.wire.linked) rig.link(true);
    rig.advance(130_000);
  }

  verify(): void {
    const { rig } = this;
    checkOutputs(rig);
    for (let slot = 1; slot <= SLOTS; slot++) {
      const { power, pgood, present, fault } = rig.state(slot);
      expect(["on", "off", "fault"], `slot ${slot}`).toContain(power);
      expect({ present, pgood }).toEqual({ present: true, pgood: power === "on" });
      expect(fault === null).toBe(power !== "fault");
      expect(rig.board.output(slot) & (OUT_SHDN_REQ | OUT_RESET_REQ)).toBe(0);
    }
    const finals = new Map<string, number>();
    for (const { id, result } of rig.acks) {
      if (id !== null && result !== "queued") finals.set(id, (finals.get(id) ?? 0) + 1);
    }
    for (const id of this.open) expect(finals.get(id), `final acks of ${id}`).toBe(1);
    for (const [id, count] of finals) expect(count, `final acks of ${id}`).toBe(1);
  }
}

test.each([20261123, 11])("150 runs of %i: all ends well", (first) => {
  for (let seed = first; seed < first + 150; seed++) {
    try {
      const chaos = new Chaos(seed);
      for (let step = 0; step < STEPS; step++) chaos.step();
      chaos.heal();
      chaos.verify();
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
});
