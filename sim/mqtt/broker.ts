// A model of an MQTT 3.1.1 broker in virtual time: retained messages, wills, QoS 0 and 1, clean
// sessions, take-over by client id, wildcards, keep-alive. What a client asks for beyond that
// (QoS 2, kept sessions) is an error, not silence.

import type { Scheduler } from "../world/scheduler.ts";
import { type BrokerEnd, type ClientEnd, Connection, type WireTap } from "./connection.ts";
import type { Link } from "./link.ts";
import {
  type ClientPacket,
  CONNACK_BAD_LOGIN,
  CONNACK_NOT_AUTHORIZED,
  CONNACK_OK,
  type ConnectPacket,
  type PublishPacket,
  SUBACK_REFUSED,
  type SubscribePacket,
} from "./packets.ts";
import { isTopicFilter, isTopicName, levelsMatch, topicMatches } from "./topics.ts";

export interface Access {
  login(clientId: string, username: string | null, password: string | null): boolean;
  publish(username: string | null, topic: string, retain: boolean): boolean;
  subscribe(username: string | null, filter: string): boolean;
}

export interface BrokerOptions {
  scheduler: Scheduler;
  /** One way, per packet. */
  latencyMs?: number;
  access?: Access;
  /** Unacknowledged QoS 1 messages per client, and how many more wait. */
  inflightMax?: number;
  queueMax?: number;
  /** Whether a client that is pushed out by its own client id leaves its will. */
  willOnTakeover?: boolean;
}

export interface Retained {
  payload: Uint8Array;
  qos: 0 | 1;
}

interface Target {
  connection: Connection;
  qos: 0 | 1;
}

export class Broker implements BrokerEnd {
  readonly retained = new Map<string, Retained>();
  latencyMs: number;
  connectCount = 0;
  /** Sees every accepted publish, wills included, as it is routed. */
  onPublish: ((topic: string, payload: Uint8Array, retain: boolean) => void) | null = null;
  /** Sees all packets; checkers do. */
  tap: WireTap | null = null;
  /** Sees every attempt to open a socket, and whether somebody listened. */
  onOpen: ((accepted: boolean) => void) | null = null;
  #up = true;
  readonly #options: BrokerOptions;
  readonly #all = new Set<Connection>();
  readonly #byId = new Map<string, Connection>();
  /** Who gets a topic; thrown away whenever a subscription or a client changes. */
  readonly #routes = new Map<string, Target[]>();

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.latencyMs = options.latencyMs ?? 1;
  }

  get clientIds(): string[] {
    return [...this.#byId.keys()];
  }

  /** Opens a socket; null when nobody listens. `link`: what may go wrong on the way. */
  open(client: ClientEnd, link?: Link): Connection | null {
    this.onOpen?.(this.#up);
    if (!this.#up) return null;
    const connection = new Connection({
      scheduler: this.#options.scheduler,
      latencyMs: () => this.latencyMs,
      broker: this,
      client,
      inflightMax: this.#options.inflightMax ?? 20,
      queueMax: this.#options.queueMax ?? 1000,
      link,
    });
    this.#all.add(connection);
    return connection;
  }

  /** Stops it, which ends every connection without wills, or starts it again. */
  setUp(up: boolean): void {
    this.#up = up;
    if (up) return;
    for (const connection of [...this.#all]) {
      connection.will = null;
      connection.close();
    }
  }

  /** Ends one client's connection as an operator would. */
  kick(clientId: string): void {
    const connection = this.#byId.get(clientId);
    if (connection === undefined) throw new Error(`no client ${clientId} is connected`);
    connection.close();
  }

  receive(connection: Connection, packet: ClientPacket): void {
    if (packet.type === "connect") {
      this.#connect(connection, packet);
      return;
    }
    if (!connection.established) {
      connection.close();
      return;
    }
    switch (packet.type) {
      case "publish":
        this.#publish(connection, packet);
        break;
      case "puback":
        connection.acknowledged(packet.id);
        break;
      case "subscribe":
        this.#subscribe(connection, packet);
        break;
      case "unsubscribe":
        for (const filter of packet.filters) connection.filters.delete(filter);
        this.#routes.clear();
        connection.answer({ type: "unsuback", id: packet.id });
        break;
      case "pingreq":
        connection.answer({ type: "pingresp" });
        break;
    }
  }

  lost(connection: Connection, goodbye: boolean): void {
    this.#all.delete(connection);
    if (this.#byId.get(connection.clientId) === connection) this.#byId.delete(connection.clientId);
    this.#routes.clear();
    const { will } = connection;
    const wasUp = connection.established;
    connection.established = false;
    if (goodbye || will === null || !wasUp) return;
    if (!this.#mayPublish(connection, will.topic, will.retain)) return;
    this.route(will.topic, will.payload, will.qos, will.retain);
  }

  /** Keeps and forwards a message. */
  route(topic: string, payload: Uint8Array, qos: 0 | 1, retain: boolean): void {
    this.onPublish?.(topic, payload, retain);
    this.tap?.routed(topic, payload, retain);
    if (retain && payload.length === 0) this.retained.delete(topic);
    else if (retain) this.retained.set(topic, { payload, qos });
    for (const target of this.#targets(topic)) {
      target.connection.forward(topic, payload, target.qos === 1 ? qos : 0, false);
    }
  }

  #connect(connection: Connection, packet: ConnectPacket): void {
    const { access } = this.#options;
    if (connection.established || packet.clientId === "") {
      // A second CONNECT is a protocol violation; without an id nobody could be taken over.
      connection.close();
      return;
    }
    if (access?.login(packet.clientId, packet.username, packet.password) === false) {
      const code = packet.username === null ? CONNACK_NOT_AUTHORIZED : CONNACK_BAD_LOGIN;
      connection.answer({ type: "connack", code });
      connection.close();
      return;
    }
    this.#takeOver(packet.clientId);
    connection.clientId = packet.clientId;
    connection.username = packet.username;
    connection.will = packet.will;
    connection.established = true;
    connection.watch(packet.keepAliveS);
    this.#byId.set(packet.clientId, connection);
    this.connectCount++;
    connection.answer({ type: "connack", code: CONNACK_OK });
  }

  #takeOver(clientId: string): void {
    const older = this.#byId.get(clientId);
    if (older === undefined) return;
    if (this.#options.willOnTakeover === false) older.will = null;
    older.close();
  }

  #publish(connection: Connection, packet: PublishPacket): void {
    const { topic, payload, qos, retain, id } = packet;
    if (!isTopicName(topic) || !this.#mayPublish(connection, topic, retain)) {
      connection.close();
      return;
    }
    if (qos === 1) connection.answer({ type: "puback", id });
    this.route(topic, payload, qos, retain);
  }

  #subscribe(connection: Connection, packet: SubscribePacket): void {
    const codes = packet.filters.map(({ filter, qos }) => {
      const allowed = this.#options.access?.subscribe(connection.username, filter) !== false;
      if (!allowed || !isTopicFilter(filter)) return SUBACK_REFUSED;
      connection.filters.set(filter, { qos, levels: filter.split("/") });
      return qos;
    });
    this.#routes.clear();
    connection.answer({ type: "suback", id: packet.id, codes });
    packet.filters.forEach(({ filter, qos }, i) => {
      if (codes[i] !== SUBACK_REFUSED) this.#sendRetained(connection, filter, qos);
    });
  }

  #sendRetained(connection: Connection, filter: string, qos: 0 | 1): void {
    if (!/[+#]/.test(filter)) {
      const kept = this.retained.get(filter);
      if (kept) connection.forward(filter, kept.payload, qos === 1 ? kept.qos : 0, true);
      return;
    }
    for (const [topic, kept] of this.retained) {
      if (!topicMatches(filter, topic)) continue;
      connection.forward(topic, kept.payload, qos === 1 ? kept.qos : 0, true);
    }
  }

  #mayPublish(connection: Connection, topic: string, retain: boolean): boolean {
    return this.#options.access?.publish(connection.username, topic, retain) !== false;
  }

  #targets(topic: string): Target[] {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    const targets: Target[] = [];
    const levels = topic.split("/");
    for (const connection of this.#byId.values()) {
      let best: 0 | 1 | -1 = -1;
      for (const { qos, levels: want } of connection.filters.values()) {
        if (qos > best && levelsMatch(want, levels)) best = qos;
      }
      // One copy however many filters match, at the highest QoS among them.
      if (best >= 0) targets.push({ connection, qos: best as 0 | 1 });
    }
    if (this.#routes.size > 10_000) this.#routes.clear();
    this.#routes.set(topic, targets);
    return targets;
  }
}
