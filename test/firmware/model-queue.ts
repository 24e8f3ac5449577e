// Who may be switched on, and who must be by when: stagger and budget.
import type { Config } from "./grammar.ts";
import type { ModelSlot } from "./model-slot.ts";

const DEBOUNCE_MS = 50;
/** How late the module may be with what it does by itself. */
export const LATE_MS = 20;

export class ModelQueue {
  config: Config;
  readonly #slots: readonly ModelSlot[];
  #lastOnMs = Number.NEGATIVE_INFINITY;
  /** The module may not know when the last switch-on was: it then counts from its boot. */
  #holdMs = Number.NEGATIVE_INFINITY;

  constructor(slots: readonly ModelSlot[], config: Config) {
    this.#slots = slots;
    this.config = config;
  }

  settings(slot: ModelSlot): Config["slots"][number] {
    const found = this.config.slots[slot.slot - 1];
    if (!found) throw new RangeError(`no slot ${slot.slot}`);
    return found;
  }

  boot(cold: boolean, nowMs: number): void {
    this.#holdMs = cold ? Number.NEGATIVE_INFINITY : nowMs;
    if (cold) this.#lastOnMs = Number.NEGATIVE_INFINITY;
  }

  /** Takes a config unless what is powered would exceed its budget. */
  take(config: Config): boolean {
    const powered = this.#slots.filter((slot) => slot.powered);
    const used = powered.reduce(
      (sum, { slot }) => sum + (config.slots[slot - 1]?.limit_mA ?? 0),
      0,
    );
    if (used > config.budget_mA) return false;
    this.config = config;
    return true;
  }

  /** The module switched it on: throws when it may not. */
  start(slot: ModelSlot, atMs: number): void {
    const where = `slot ${slot.slot} at ${atMs}`;
    const due = slot.wanted && slot.present.believed && !slot.latched && !slot.powered;
    if (!due || atMs < slot.startFromMs) throw new Error(`switched on without need: ${where}`);
    if (atMs < this.#lastOnMs + this.config.stagger_ms) throw new Error(`stagger: ${where}`);
    if (!this.#fits(slot)) throw new Error(`over the budget: ${where}`);
    const lateMs = atMs - this.#mustStartMs(slot);
    if (lateMs > LATE_MS) throw new Error(`switched on ${lateMs} ms late: ${where}`);
    Object.assign(slot, { powered: true, good: false, onAtMs: atMs });
    this.#lastOnMs = atMs;
    this.#holdMs = Number.NEGATIVE_INFINITY;
  }

  /** After everything that happened now: throws when a slot should have been started. */
  settle(slot: ModelSlot, nowMs: number): void {
    if (!this.#fits(slot)) slot.fitsSinceMs = Number.POSITIVE_INFINITY;
    else if (slot.fitsSinceMs === Number.POSITIVE_INFINITY) slot.fitsSinceMs = nowMs;
    const waits = slot.wanted && slot.present.believed && !slot.powered && !slot.latched;
    if (waits && nowMs > this.#mustStartMs(slot) + LATE_MS) {
      throw new Error(`slot ${slot.slot} should have started by ${nowMs}`);
    }
  }

  #fits(slot: ModelSlot): boolean {
    const used = this.#slots.reduce(
      (sum, other) => sum + (other.powered ? this.settings(other).limit_mA : 0),
      0,
    );
    return used + this.settings(slot).limit_mA <= this.config.budget_mA;
  }

  #mustStartMs(slot: ModelSlot): number {
    const lastMs = Math.max(this.#lastOnMs, this.#holdMs);
    // It may wait until the power good of before was seen to fall.
    const { pgood } = slot;
    const fallMs = pgood.believed ? Infinity : pgood.sinceMs + DEBOUNCE_MS;
    return Math.max(slot.startByMs, slot.fitsSinceMs, lastMs + this.config.stagger_ms, fallMs);
  }
}
