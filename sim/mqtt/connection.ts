// One client's connection to the broker model: the two directions, and what the broker remembers of
// the client while it lasts. Sessions are clean, so nothing of it outlives the connection.

import type { Scheduler, Timer } from "../world/scheduler.ts";
import type { Link } from "./link.ts";
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
  readonly tap: WireTap | null;
  receive(connection: Connection, packet: ClientPacket): void;
  /** `goodbye`: with DISCONNECT, so the will is dropped. */
  lost(connection: Connection, goodbye: boolean): void;
}

/** Sees the packets of all connections as the clients do. */
export interface WireTap {
  /** The client has it now. */
  toClient(connection: Connection, packet: ServerPacket): void;
  /** The client sends it now. */
  fromClient(connection: Connection, packet: ClientPacket): void;
  /** The broker keeps and forwards it now. */
  routed(topic: string, payload: Uint8Array, retain: boolean): void;
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
  link?: Link | undefined;
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
  /** Messages that are held up, by topic. */
  readonly #heldToBroker = new Map<string, Pipe<ClientEvent>>();
  readonly #heldToClient = new Map<string, Pipe<ServerEvent>>();
  readonly #silence: Timer;
  readonly #inflight = new Set<number>();
  readonly #queue: PublishPacket[] = [];
  #nextId = 1;
  #silenceMs = 0;
  #clientGone = false;
  #brokerGone = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { scheduler } = options;
    const latencyMs = () => this.#latencyMs();
    this.#toBroker = new Pipe(scheduler, latencyMs, (packet) => this.#atBroker(packet));
    this.#toClient = new Pipe(scheduler, latencyMs, (packet) => this.#atClient(packet));
    this.#silence = scheduler.timer(() => this.close());
  }

  // --- the client's side ---

  send(packet: ClientPacket): void {
    if (this.#clientGone) return;
    this.#options.broker.tap?.fromClient(this, packet);
    if (packet.type !== "publish" || !this.#options.link) this.#toBroker.send(packet);
    else this.#wayOf(packet.topic, this.#toBroker, this.#heldToBroker, this.#atBroker)(packet);
  }

  /** Closes the socket: the broker learns of it a latency later. */
  hangUp(): void {
    if (this.#clientGone) return;
    this.vanish();
    this.#toBroker.send({ type: "closed" });
  }

  /** The client is just gone: the broker notices by the keep-alive only. */
  vanish(): void {
    this.#clientGone = true;
    this.#toClient.close();
    for (const pipe of this.#heldToClient.values()) pipe.close();
  }

  // --- the broker's side ---

  /** Half as long again as the keep-alive without a packet ends the connection (3.1.2.10). */
  watch(keepAliveS: number): void {
    this.#silenceMs = keepAliveS * 1500;
    this.#heard();
  }

  answer(packet: ServerPacket): void {
    if (this.#brokerGone) return;
    if (packet.type !== "publish" || !this.#options.link) this.#toClient.send(packet);
    else this.#wayOf(packet.topic, this.#toClient, this.#heldToClient, this.#atClient)(packet);
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
    if (this.#options.link?.duplicates()) this.answer({ ...packet, dup: true });
  }

  #latencyMs(): number {
    return this.#options.latencyMs() + (this.#options.link?.extraMs ?? 0);
  }

  /** How a message goes: with the others, or behind what of its topic is held up. */
  #wayOf<T>(
    topic: string,
    main: Pipe<T>,
    held: Map<string, Pipe<T>>,
    arrive: (this: Connection, packet: T) => void,
  ): (packet: T) => void {
    const own = held.get(topic);
    const holdMs = this.#options.link?.holdMs() ?? 0;
    if (holdMs === 0 && !own?.busy) return (packet) => main.send(packet);
    const { scheduler } = this.#options;
    const pipe = own ?? new Pipe<T>(scheduler, () => this.#latencyMs(), arrive.bind(this));
    held.set(topic, pipe);
    const notBeforeMs = Math.max(main.lastAtMs, scheduler.nowMs + this.#latencyMs() + holdMs);
    return (packet) => pipe.send(packet, notBeforeMs);
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
      this.#options.broker.tap?.toClient(this, packet);
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
    for (const pipe of this.#heldToBroker.values()) pipe.close();
    this.#options.broker.lost(this, goodbye);
  }
}
