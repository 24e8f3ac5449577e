// Racks that run the real module, and words to talk to them.

import { buildModule } from "../../../firmware/build.ts";
import { type Backplane, defaultShackYaml, parseShack } from "../../../hostd/model/shack.ts";
import { createV8Lane } from "../../../sim/lanes/v8.ts";
import type { Client } from "../../../sim/mqtt/client.ts";
import { VirtualRack, type VirtualRackOptions } from "../../../sim/rack/virtual-rack.ts";
import { oneBackplane } from "../shacks.ts";

export const lane = createV8Lane((await buildModule()).bytes, { memoryCheck: "full" });
export const defaultShack = parseShack(defaultShackYaml, "default.yaml");

export interface State {
  power: string;
  present: boolean;
  pgood: boolean;
  usb: boolean;
  identify: boolean;
  fault: string | null;
  carrier: string | null;
  mA: number | null;
  seq: number;
}

export interface Ack {
  id: string | null;
  verb: string | null;
  result: string;
  reason: string | null;
}

/** A rack with an operator who hears everything. */
export class Bench {
  readonly rack: VirtualRack;
  readonly operator: Client;

  constructor(options: Partial<VirtualRackOptions> = {}) {
    this.rack = new VirtualRack({ shack: oneBackplane, lane, seed: 1, ...options }).start();
    this.operator = this.rack.client({ clientId: "operator" });
    this.operator.subscribe("caddyshack/#");
  }

  get control() {
    return this.rack.control;
  }

  run(ms: number): void {
    this.rack.run(ms);
  }

  topic(address: string, rest: string): string {
    return `caddyshack/shack1/${address}/${rest}`;
  }

  online(): this {
    for (const { id } of this.rack.rack.shack.backplanes) {
      const status = this.topic(id, "status");
      this.rack.runUntil(() => this.rack.retained(status) === "online", 130_000, `${id} online`);
    }
    return this;
  }

  /** Sends `<verb> [id]` to `bp1/1`. */
  power(address: string, verb: string): void {
    this.operator.publish(this.topic(address, "power/set"), verb);
  }

  state(address: string): State {
    const text = this.rack.retained(this.topic(address, "state"));
    if (text === null) throw new Error(`${address} has no retained state`);
    return JSON.parse(text) as State;
  }

  acks(address: string): Ack[] {
    const topic = this.topic(address, "ack");
    return this.operator.messages.filter((m) => m.topic === topic).map((m) => JSON.parse(m.text));
  }

  until(address: string, want: Partial<State>, limitMs = 30_000): void {
    const topic = this.topic(address, "state");
    const matches = () => {
      if (this.rack.retained(topic) === null) return false;
      const have = this.state(address);
      return Object.entries(want).every(([key, value]) => have[key as keyof State] === value);
    };
    this.rack.runUntil(matches, limitMs, `${address} ${JSON.stringify(want)}`);
  }

  configure(backplane: string, lines: string[]): void {
    this.operator.publish(this.topic(backplane, "config"), lines.join("\n"), { retain: true });
    this.run(50);
    const ack = this.operator.last(this.topic(backplane, "config/ack"));
    if (JSON.parse(ack ?? "{}").result !== "done")
      throw new Error(`config of ${backplane}: ${ack}`);
  }

  runtime(backplane = "bp1") {
    const runtime = this.rack.rack.runtimes.get(backplane);
    if (runtime === undefined) throw new Error(`no runtime ${backplane}`);
    return runtime;
  }

  edgeCount(caddy: string): number {
    return this.control.edges(caddy).count;
  }
}

/** What hostd would send: the shack's words for one backplane as config lines. */
export function configLines(backplane: Backplane, rev = 1): string[] {
  const lines = [
    `rev=${rev}`,
    `stagger_ms=${backplane.staggerMs}`,
    `phase_ms=${backplane.phaseMs}`,
    `cold_period_ms=${backplane.coldPeriodMs}`,
    `budget_mA=${backplane.budgetMa}`,
  ];
  return lines;
}
