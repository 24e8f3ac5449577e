// The runtime's uplink to the broker model.

import type { Uplink, UplinkEvents, UplinkLogin, UplinkMessage } from "../runtime/uplink.ts";
import type { Scheduler, Timer } from "../world/scheduler.ts";
import type { Broker } from "./broker.ts";
import type { ClientEnd, Connection } from "./connection.ts";
import type { Link } from "./link.ts";
import { CONNACK_OK, type ServerPacket, SUBACK_REFUSED } from "./packets.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface BrokerUplinkOptions {
  scheduler: Scheduler;
  broker: Broker;
  password: string | null;
  link?: Link;
}

export class BrokerUplink implements Uplink {
  events: UplinkEvents | null = null;
  /** While false no connection can be opened and the one there is falls silent. */
  #reachable = true;
  #connection: Connection | null = null;
  #keepAliveS = 0;
  readonly #options: BrokerUplinkOptions;
  readonly #refused: Timer;
  readonly #ping: Timer;

  constructor(options: BrokerUplinkOptions) {
    this.#options = options;
    const { scheduler } = options;
    this.#refused = scheduler.timer(() => this.events?.closed("nobody listens"));
    this.#ping = scheduler.timer(() => this.#pingNow());
  }

  /** The other end can still be heard. */
  get connected(): boolean {
    return this.#connection !== null;
  }

  /** Takes the network away from this board, or gives it back. */
  setReachable(reachable: boolean): void {
    this.#reachable = reachable;
    if (reachable || this.#connection === null) return;
    this.vanish();
    // The board's own TCP stack finds out some time later.
    this.#refused.after(this.#keepAliveS * 1500);
  }

  connect(login: UplinkLogin): void {
    this.#keepAliveS = login.keepAliveS;
    const end: ClientEnd = {
      receive: (packet) => this.#receive(packet),
      closed: () => this.#closed(),
    };
    const connection = this.#reachable ? this.#options.broker.open(end, this.#options.link) : null;
    if (connection === null) {
      this.#refused.after(this.#options.broker.latencyMs);
      return;
    }
    this.#connection = connection;
    connection.send({
      type: "connect",
      clientId: login.clientId,
      username: login.username,
      password: this.#options.password,
      will: { topic: login.will.topic, payload: login.will.payload, qos: 1, retain: true },
      keepAliveS: login.keepAliveS,
    });
  }

  publish(id: number, topic: Uint8Array, payload: Uint8Array, retain: boolean): void {
    const name = decoder.decode(topic);
    const packet = {
      type: "publish",
      topic: name,
      payload,
      qos: 1,
      retain,
      dup: false,
      id,
    } as const;
    this.#connection?.send(packet);
  }

  subscribe(id: number, topic: Uint8Array): void {
    const filters = [{ filter: decoder.decode(topic), qos: 1 as const }];
    this.#connection?.send({ type: "subscribe", id, filters });
  }

  acknowledge(message: UplinkMessage): void {
    if (message.token !== 0) this.#connection?.send({ type: "puback", id: Number(message.token) });
  }

  drop(): void {
    this.#connection?.hangUp();
    this.#forget();
  }

  vanish(): void {
    this.#connection?.vanish();
    this.#forget();
  }

  #forget(): void {
    this.#connection = null;
    this.#refused.stop();
    this.#ping.stop();
  }

  #closed(): void {
    this.#forget();
    this.events?.closed("the broker closed the connection");
  }

  #pingNow(): void {
    this.#connection?.send({ type: "pingreq" });
    this.#ping.after(this.#keepAliveS * 1000);
  }

  #receive(packet: ServerPacket): void {
    switch (packet.type) {
      case "connack":
        if (packet.code !== CONNACK_OK) return;
        this.#ping.after(this.#keepAliveS * 1000);
        this.events?.connected();
        break;
      case "puback":
        this.events?.puback(packet.id);
        break;
      case "suback":
        this.events?.suback(packet.id, packet.codes[0] !== SUBACK_REFUSED);
        break;
      case "publish":
        this.events?.message({
          topic: encoder.encode(packet.topic),
          payload: packet.payload,
          retain: packet.retain,
          dup: packet.dup,
          token: packet.qos === 1 ? packet.id : 0,
        });
        break;
    }
  }
}
