// The module and the model side by side: after every tick both must have done the same.
import { judgeConfig } from "./grammar.ts";
import { Model } from "./model.ts";
import { type BootReason, Rig, type RigOptions } from "./rig.ts";
import { checkOutputs, lane } from "./suite.ts";

export class Pair {
  readonly rig: Rig;
  readonly model: Model;
  /** Ids that may be sent again: what became of them is known. */
  nextId = 0;
  #edges = 0;
  #acks = 0;
  #watching = false;

  constructor(options: RigOptions) {
    this.rig = new Rig(lane, options);
    this.model = new Model(this.rig.board.slots, 0);
    this.rig.onInputs = (bytes) => this.model.inputs(bytes, this.rig.nowMs);
    this.rig.checks.push(() => this.#settle());
    this.rig.checks.push(() => checkOutputs(this.rig));
    this.#boot("BOOT_POWER_ON", () => this.rig.boot());
  }

  /** The first tick belongs to the boot: the model has to know of it before. */
  #boot(reason: BootReason, boot: () => void): void {
    const { rig, model } = this;
    const [rebooted, cold] = [rig.onBoot, reason === "BOOT_POWER_ON"];
    rig.onBoot = () => {
      model.boot(cold, rig.board.inputs(), rig.nowMs);
      this.#edges = rig.board.edges.length;
      this.#watching = true;
    };
    boot();
    rig.onBoot = rebooted;
  }

  reset(reason: BootReason): void {
    this.#watching = false;
    const edges = this.rig.board.edges.length;
    this.#boot(reason, () => this.rig.reset(reason));
    const own = this.rig.board.edges.slice(edges);
    if (reason !== "BOOT_POWER_ON" && own.some(({ on }) => !on)) {
      throw new Error(`${reason} cut ${JSON.stringify(own)}`);
    }
  }

  command(slot: number, verb: string, id: string | null): void {
    const { rig } = this;
    const [kind, value] = verb.includes("-") ? verb.split("-") : ["power", verb];
    this.model.command(slot, verb, id, rig.nowMs);
    rig.send(`${slot}/${kind}/set`, id === null ? `${value}` : `${value} ${id}`);
    if (this.model.finals.length) throw new Error(`not acked: ${this.model.finals}`);
  }

  config(text: string): void {
    const { rig } = this;
    const judged = judgeConfig(new TextEncoder().encode(text), this.model.slots.length);
    if (Array.isArray(judged)) throw new Error(`no valid config: ${text}`);
    const done = this.model.configure(judged, rig.nowMs);
    if (done) rig.staggerMs = judged.stagger_ms;
    rig.send("config", text, 1);
    const ack = rig.configAcks.at(-1);
    if (ack?.result !== (done ? "done" : "refused"))
      throw new Error(`config: ${JSON.stringify(ack)}`);
  }

  linkDownFor(ms: number): void {
    this.rig.link(false);
    this.rig.advance(ms);
    this.rig.link(true);
  }

  #settle(): void {
    if (!this.#watching) return;
    const { rig, model } = this;
    const seen = rig.board.edges.slice(this.#edges);
    this.#edges = rig.board.edges.length;
    model.settle(rig.nowMs, seen);
    if (!rig.wire.linked) return;
    this.#compareAcks();
    for (const { slot } of model.slots) this.#compareState(slot);
  }

  #compareAcks(): void {
    const { rig, model } = this;
    const acks = rig.acks.slice(this.#acks);
    this.#acks = rig.acks.length;
    const finals = acks
      .filter(({ result }) => result !== "queued")
      .map(({ slot, id, verb, result, reason }) => `${slot} ${id} ${verb} ${result} ${reason}`);
    const expected = model.finals.splice(0).sort();
    if (finals.sort().join() !== expected.join()) {
      throw new Error(`acks at ${rig.nowMs}: ${finals}; expected: ${expected}`);
    }
    const queued = acks.filter(({ result }) => result === "queued");
    const words = queued.map(({ slot, id, verb }) => `${slot} ${id} ${verb}`);
    for (const repeat of model.repeats.splice(0)) {
      if (!words.includes(repeat)) throw new Error(`a repeat was not answered queued: ${repeat}`);
    }
    for (const { slot, id, verb } of queued) {
      const known = id === null ? model.slot(slot).job : model.slot(slot).ids.get(id);
      if (known?.verb !== verb) throw new Error(`queued, but not under way: ${slot} ${id} ${verb}`);
    }
  }

  #compareState(slot: number): void {
    const state = this.rig.wire.lastStates.get(slot);
    if (!state) return;
    for (const [key, allowed] of Object.entries(this.model.view(slot))) {
      const found = state[key as keyof typeof state];
      if (allowed.includes(found)) continue;
      const words = `${key} is ${found}, not ${allowed}`;
      throw new Error(`slot ${slot} at ${this.rig.nowMs}: ${words}: ${JSON.stringify(state)}`);
    }
  }
}
