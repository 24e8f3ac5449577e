// One client's connection to the broker model: the two directions, and what the broker remembers of
// the client while it lasts. Sessions are clean, so nothing of it outlives the connection.

import type { Scheduler, Timer } from "../world/scheduler.ts";
import type { ClientPacket, PublishPacket, ServerPacket, WillPacket } from "./packets.ts";
import { Pipe } from "./pipe.ts";

/** The client's end. */
export interface ClientEnd {
  receive(packet: ServerPacket): void;
  /** The broker's end was closed. */
  closed(): void;
}

/** The broker's end. */
export interface BrokerEnd {
  receive(connection: Connection, packet: ClientPacket): void;
  /** `goodbye`: with DISCONNECT, so the will is dropped. */
  lost(connection: Connection, goodbye: boolean): void;
}

export interface Subscription {
  /** Granted. */
  qos: 0 | 1;
  /** The filter, split at its slashes. */
  levels: readonly string[];
}

export interface ConnectionOptions {
  scheduler: Scheduler;
  latencyMs: () => number;
  broker: BrokerEnd;
  client: ClientEnd;
  inflightMax: number;
  queueMax: number;
}

type ServerEvent = ServerPacket | { type: "closed" };
type ClientEvent = ClientPacket | { type: "closed" };

export class Connection {
  clientId = "";
  username: string | null = null;
  will: WillPacket | null = null;
  /** After CONNACK 0 and until it ends. */
  established = false;
  readonly filters = new Map<string, Subscription>();
  readonly #options: ConnectionOptions;
  readonly #toBroker: Pipe<ClientEvent>;
  readonly #toClient: Pipe<ServerEvent>;
  readonly #silence: Timer;
  readonly #inflight = new Set<number>();
  readonly #queue: PublishPacket[] = [];
  #nextId = 1;
  #silenceMs = 0;
  #clientGone = false;
  #brokerGone = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { scheduler, latencyMs } = options;
    this.#toBroker = new Pipe(scheduler, latencyMs, (packet) => this.#atBroker(packet));
    this.#toClient = new Pipe(scheduler, latencyMs, (packet) => this.#atClient(packet));
    this.#silence = scheduler.timer(() => this.close());
  }

  // --- the client's side ---

  send(packet: ClientPacket): void {
    if (!this.#clientGone) this.#toBroker.send(packet);
  }

  /** Closes the socket: the broker learns of it a latency later. */
  hangUp(): void {
    if (this.#clientGone) return;
    this.#clientGone = true;
    this.#toClient.close();
    this.#toBroker.send({ type: "closed" });
  }

  /** The client is just gone: the broker notices by the keep-alive only. */
  vanish(): void {
    this.#clientGone = true;
    this.#toClient.close();
  }

  // --- the broker's side ---

  /** Half as long again as the keep-alive without a packet ends the connection (3.1.2.10). */
  watch(keepAliveS: number): void {
    this.#silenceMs = keepAliveS * 1500;
    this.#heard();
  }

  answer(packet: ServerPacket): void {
    if (!this.#brokerGone) this.#toClient.send(packet);
  }

  /** A message for this client. QoS 1 beyond the window waits, beyond the queue it is dropped. */
  forward(topic: string, payload: Uint8Array, qos: 0 | 1, retain: boolean): void {
    const packet: PublishPacket = {
      type: "publish",
      topic,
      payload,
      qos,
      retain,
      dup: false,
      id: 0,
    };
    if (qos === 0) this.answer(packet);
    else if (this.#inflight.size < this.#options.inflightMax) this.#sendQos1(packet);
    else if (this.#queue.length < this.#options.queueMax) this.#queue.push(packet);
  }

  acknowledged(id: number): void {
    if (!this.#inflight.delete(id)) return;
    const next = this.#queue.shift();
    if (next !== undefined) this.#sendQos1(next);
  }

  /** The broker ends it; the client learns of it a latency later. */
  close(): void {
    if (this.#brokerGone) return;
    this.#end(false);
    this.#toClient.send({ type: "closed" });
  }

  #sendQos1(packet: PublishPacket): void {
    while (this.#inflight.has(this.#nextId)) this.#nextId = (this.#nextId % 0xffff) + 1;
    packet.id = this.#nextId;
    this.#nextId = (this.#nextId % 0xffff) + 1;
    this.#inflight.add(packet.id);
    this.answer(packet);
  }

  #heard(): void {
    if (this.#silenceMs > 0) this.#silence.after(this.#silenceMs);
  }

  #atBroker(packet: ClientEvent): void {
    if (this.#brokerGone) return;
    if (packet.type === "closed") {
      this.#end(false);
      return;
    }
    this.#heard();
    if (packet.type === "disconnect") this.#end(true);
    else this.#options.broker.receive(this, packet);
  }

  #atClient(packet: ServerEvent): void {
    if (this.#clientGone) return;
    if (packet.type !== "closed") {
      this.#options.client.receive(packet);
      return;
    }
    this.#clientGone = true;
    this.#options.client.closed();
  }

  #end(goodbye: boolean): void {
    this.#brokerGone = true;
    this.#silence.stop();
    this.#toBroker.close();
    this.#options.broker.lost(this, goodbye);
  }
}
