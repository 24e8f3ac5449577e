// A client of the broker model for tests, scripts and the simulated operator.

import type { Broker } from "./broker.ts";
import type { Connection } from "./connection.ts";
import type { ServerPacket, WillPacket } from "./packets.ts";

/** Messages a client remembers; the oldest are forgotten first. */
export const CLIENT_MESSAGES_MAX = 10_000;

export interface ReceivedMessage {
  topic: string;
  text: string;
  payload: Uint8Array;
  qos: 0 | 1;
  retain: boolean;
  dup: boolean;
}

export interface ClientOptions {
  clientId: string;
  username?: string;
  password?: string;
  will?: WillPacket;
  keepAliveS?: number;
  onMessage?: (message: ReceivedMessage) => void;
  /** Off: QoS 1 messages are acknowledged by calling `puback` only. */
  autoAck?: boolean;
}

export interface PublishOptions {
  qos?: 0 | 1;
  retain?: boolean;
  dup?: boolean;
}

export class Client {
  state: "closed" | "connecting" | "up" = "closed";
  /** CONNACK's code of the last attempt. */
  connackCode: number | null = null;
  readonly messages: ReceivedMessage[] = [];
  /** Packet ids acknowledged by the broker, and SUBACK codes by id. */
  readonly pubacks: number[] = [];
  readonly subacks = new Map<number, number[]>();
  readonly #broker: Broker;
  readonly #options: ClientOptions;
  #connection: Connection | null = null;
  #nextId = 1;

  constructor(broker: Broker, options: ClientOptions) {
    this.#broker = broker;
    this.#options = options;
  }

  connect(): this {
    const connection = this.#broker.open({
      receive: (packet) => this.#receive(packet),
      closed: () => this.#gone(),
    });
    if (connection === null) throw new Error("the broker is down");
    this.#connection = connection;
    this.state = "connecting";
    const { clientId, username, password, will, keepAliveS } = this.#options;
    connection.send({
      type: "connect",
      clientId,
      username: username ?? null,
      password: password ?? null,
      will: will ?? null,
      keepAliveS: keepAliveS ?? 0,
    });
    return this;
  }

  /**
   * Answers the packet id (0 with QoS 0). What is sent before CONNACK follows CONNECT on the
   * wire.
   */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): number {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    const qos = options.qos ?? 1;
    const id = qos === 1 ? this.#id() : 0;
    const { retain = false, dup = false } = options;
    this.#send({ type: "publish", topic, payload: bytes, qos, retain, dup, id });
    return id;
  }

  subscribe(filter: string, qos: 0 | 1 = 1): number {
    const id = this.#id();
    this.#send({ type: "subscribe", id, filters: [{ filter, qos }] });
    return id;
  }

  unsubscribe(filter: string): void {
    this.#send({ type: "unsubscribe", id: this.#id(), filters: [filter] });
  }

  puback(id: number): void {
    this.#send({ type: "puback", id });
  }

  /** With DISCONNECT: the broker forgets the will. */
  disconnect(): void {
    this.#send({ type: "disconnect" });
    this.#connection?.hangUp();
    this.#gone();
  }

  vanish(): void {
    this.#connection?.vanish();
    this.#gone();
  }

  /** The newest text received on a topic, or nothing. */
  last(topic: string): string | null {
    for (let i = this.messages.length - 1; i >= 0; i--) {
      const message = this.messages[i];
      if (message?.topic === topic) return message.text;
    }
    return null;
  }

  #send(packet: Parameters<Connection["send"]>[0]): void {
    if (this.#connection === null) {
      throw new Error(`client ${this.#options.clientId} is not connected`);
    }
    this.#connection.send(packet);
  }

  #id(): number {
    const id = this.#nextId;
    this.#nextId = (id % 0xffff) + 1;
    return id;
  }

  #gone(): void {
    this.#connection = null;
    this.state = "closed";
  }

  #receive(packet: ServerPacket): void {
    if (packet.type === "connack") {
      this.connackCode = packet.code;
      if (packet.code === 0) this.state = "up";
    } else if (packet.type === "puback") this.pubacks.push(packet.id);
    else if (packet.type === "suback") this.subacks.set(packet.id, packet.codes);
    else if (packet.type === "publish") {
      const { topic, payload, qos, retain, dup } = packet;
      const text = new TextDecoder().decode(payload);
      const message: ReceivedMessage = { topic, text, payload, qos, retain, dup };
      if (this.messages.length >= CLIENT_MESSAGES_MAX) this.messages.shift();
      this.messages.push(message);
      if (qos === 1 && this.#options.autoAck !== false) this.puback(packet.id);
      this.#options.onMessage?.(message);
    }
  }
}
