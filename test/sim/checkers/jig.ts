// Checkers on wires and a broker that nothing drives but the test.

import { Checkers } from "../../../sim/checkers/all.ts";
import { Broker } from "../../../sim/mqtt/broker.ts";
import { Client } from "../../../sim/mqtt/client.ts";
import { type Driver, type Level, Netlist } from "../../../sim/world/net.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";
import { oneBackplane } from "../shacks.ts";

const BACKPLANE_NETS = ["LED", "POR_N", "OE_N", "LATCH"];
const SLOT_NETS = ["PWR_EN", "USB_EN", "SHDN_REQ", "RESET_REQ", "LED_LOCATE"];
const INPUTS = ["PRESENT_N", "FAULT_N", "PGOOD", "ALIVE", "BTN_N"];

/** Of a slot that is off. */
export const STATE = {
  power: "off",
  present: true,
  pgood: false,
  usb: false,
  identify: false,
  fault: null,
};

export class Jig {
  readonly scheduler = new Scheduler();
  readonly nets = new Netlist();
  readonly broker = new Broker({ scheduler: this.scheduler });
  readonly checkers: Checkers;
  /** Acknowledges to the broker only when told to. */
  readonly backplane: Client;
  readonly operator: Client;
  #taken = 0;
  readonly #drivers = new Map<string, Driver>();

  constructor() {
    for (const net of BACKPLANE_NETS) this.nets.add(`bp1/${net}`, 0);
    for (const slot of [1, 2, 3]) {
      for (const net of [...SLOT_NETS, ...INPUTS]) this.nets.add(`bp1/${slot}/${net}`, 0);
    }
    const { scheduler, nets, broker } = this;
    this.checkers = new Checkers({ scheduler, nets, broker, shack: oneBackplane });
    this.backplane = new Client(broker, { clientId: "shack1/bp1", autoAck: false }).connect();
    this.operator = new Client(broker, { clientId: "operator" }).connect();
    this.backplane.subscribe("caddyshack/shack1/bp1/+/+/set");
    for (const slot of [1, 2, 3]) {
      this.set(`${slot}/FAULT_N`, 1);
      this.set(`${slot}/BTN_N`, 1);
    }
    for (const net of ["POR_N", "LED"]) this.set(net, 1);
    this.checkers.watch.cpu("bp1", "running", 1);
    this.latch();
    for (const slot of [1, 2, 3]) this.publish(`${slot}/state`, STATE);
    this.publish("status", "online");
    this.run(3000);
  }

  /** Drives a wire of bp1. */
  set(net: string, level: Level): void {
    const driver = this.#drivers.get(net) ?? this.nets.get(`bp1/${net}`).driver();
    this.#drivers.set(net, driver);
    driver.set(level);
  }

  /** Outputs are latched, as they are by now. */
  latch(): void {
    this.set("LATCH", 1);
    this.set("LATCH", 0);
  }

  /** Latches a pulsed line at that level. */
  pulse(net: string, level: Level): void {
    this.set(net, level);
    this.latch();
  }

  publish(topic: string, payload: unknown): void {
    const text = typeof payload === "string" ? payload : JSON.stringify(payload);
    this.backplane.publish(`caddyshack/shack1/bp1/${topic}`, text, { retain: true });
  }

  ack(slot: number, id: string | null, verb: string, result: string): void {
    const text = JSON.stringify({ id, verb, result, reason: null });
    this.backplane.publish(`caddyshack/shack1/bp1/${slot}/ack`, text);
  }

  /** A command that has just arrived. */
  send(slot: number, payload: string): void {
    this.operator.publish(`caddyshack/shack1/bp1/${slot}/power/set`, payload);
    this.run(2);
  }

  /** Acknowledges the next delivery to the broker. */
  take(): void {
    this.backplane.puback(++this.#taken);
  }

  run(ms: number): void {
    this.scheduler.runTo(this.scheduler.nowMs + ms);
  }

  /** Switches a slot on, whose power is good a little later. */
  powerOn(slot: number): void {
    this.set(`${slot}/PWR_EN`, 1);
    this.run(20);
    this.set(`${slot}/PGOOD`, 1);
    this.publish(`${slot}/state`, { ...STATE, power: "on", pgood: true });
    this.run(1100);
  }

  /** Broken invariants so far, by number. */
  get broken(): number[] {
    return this.checkers.violations.map((violation) => violation.invariant);
  }

  get texts(): string {
    return this.checkers.violations.map((violation) => violation.text).join("; ");
  }
}
