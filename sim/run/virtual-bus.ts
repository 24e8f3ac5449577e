// hostd's Bus on the broker model, behaving as its Bus over mqtt.js does: clean sessions, a new
// attempt every second, and nothing that was not acknowledged is sent again.

import type { Bus, BusMessage } from "../../hostd/bus/bus.ts";
import type { Broker } from "../mqtt/broker.ts";
import type { Connection } from "../mqtt/connection.ts";
import { CONNACK_OK, type ServerPacket, SUBACK_REFUSED } from "../mqtt/packets.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";

export const RECONNECT_MS = 1000;
const KEEP_ALIVE_S = 60;

export interface VirtualBusOptions {
  scheduler: Scheduler;
  broker: Broker;
  /** Client id and user name. */
  account: string;
  /** Promises were settled: what waits for them runs before time may go on. */
  onSettled: () => void;
}

interface Sent {
  done: () => void;
  lost: (error: Error) => void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class VirtualBus implements Bus {
  linked = false;
  readonly #options: VirtualBusOptions;
  readonly #messageListeners: ((message: BusMessage) => void)[] = [];
  readonly #linkListeners: ((up: boolean) => void)[] = [];
  readonly #inFlight = new Map<number, Sent>();
  readonly #retry: Timer;
  readonly #ping: Timer;
  #filters: readonly string[] = [];
  #connection: Connection | null = null;
  #started: (() => void) | null = null;
  #nextId = 1;

  constructor(options: VirtualBusOptions) {
    this.#options = options;
    this.#retry = options.scheduler.timer(() => this.#connect());
    this.#ping = options.scheduler.timer(() => this.#pingNow());
  }

  onMessage(listener: (message: BusMessage) => void): void {
    this.#messageListeners.push(listener);
  }

  onLink(listener: (up: boolean) => void): void {
    this.#linkListeners.push(listener);
  }

  /** Resolves at the first link, however long that takes: a service manager would restart hostd. */
  start(filters: readonly string[]): Promise<void> {
    this.#filters = filters;
    return new Promise((resolve) => {
      this.#started = resolve;
      this.#connect();
    });
  }

  async stop(): Promise<void> {
    this.#retry.stop();
    this.#connection?.hangUp();
    this.#gone();
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { retain: boolean },
  ): Promise<void> {
    const connection = this.#connection;
    if (!this.linked || connection === null) {
      this.#options.onSettled();
      return Promise.reject(new Error("there is no link to the broker"));
    }
    return new Promise((done, lost) => {
      const id = this.#takeId();
      this.#inFlight.set(id, { done, lost });
      connection.send({
        type: "publish",
        topic,
        payload: typeof payload === "string" ? encoder.encode(payload) : payload,
        qos: 1,
        retain: options.retain,
        dup: false,
        id,
      });
    });
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = (id % 0xffff) + 1;
    return id;
  }

  #connect(): void {
    const { broker, account } = this.#options;
    const connection = broker.open({
      receive: (packet) => this.#receive(packet),
      closed: () => this.#closed(),
    });
    if (connection === null) {
      this.#retry.after(RECONNECT_MS);
      return;
    }
    this.#connection = connection;
    connection.send({
      type: "connect",
      clientId: account,
      username: account,
      password: null,
      will: null,
      keepAliveS: KEEP_ALIVE_S,
    });
  }

  #closed(): void {
    this.#gone();
    this.#retry.after(RECONNECT_MS);
  }

  #gone(): void {
    this.#connection = null;
    this.#ping.stop();
    for (const { lost } of this.#inFlight.values()) lost(new Error("the link was lost"));
    if (this.#inFlight.size > 0) this.#options.onSettled();
    this.#inFlight.clear();
    this.#setLinked(false);
  }

  #setLinked(up: boolean): void {
    if (this.linked === up) return;
    this.linked = up;
    for (const listener of this.#linkListeners) listener(up);
  }

  #pingNow(): void {
    this.#connection?.send({ type: "pingreq" });
    this.#ping.after(KEEP_ALIVE_S * 1000);
  }

  #receive(packet: ServerPacket): void {
    switch (packet.type) {
      case "connack":
        if (packet.code !== CONNACK_OK) return;
        this.#ping.after(KEEP_ALIVE_S * 1000);
        this.#connection?.send({
          type: "subscribe",
          id: this.#takeId(),
          filters: this.#filters.map((filter) => ({ filter, qos: 1 })),
        });
        break;
      case "suback":
        this.#granted(packet.codes);
        break;
      case "puback":
        this.#inFlight.get(packet.id)?.done();
        if (this.#inFlight.delete(packet.id)) this.#options.onSettled();
        break;
      case "publish":
        this.#message(packet);
        break;
    }
  }

  #granted(codes: readonly number[]): void {
    if (codes.includes(SUBACK_REFUSED)) throw new Error("the broker refused hostd a subscription");
    this.#setLinked(true);
    this.#started?.();
    this.#options.onSettled();
  }

  #message(packet: Extract<ServerPacket, { type: "publish" }>): void {
    const { topic, payload, retain, qos, id } = packet;
    if (qos === 1) this.#connection?.send({ type: "puback", id });
    const message = { topic, payload: decoder.decode(payload), retain };
    for (const listener of this.#messageListeners) listener(message);
  }
}
