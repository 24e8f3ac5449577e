// The runtime's uplink over real sockets, with mqtt.js. Everything that comes from the socket
// enters the world through the real clock. Reconnecting is the runtime's affair, so every
// connect is a new client.

import { Socket } from "node:net";
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import type { Uplink, UplinkEvents, UplinkLogin, UplinkMessage } from "../runtime/uplink.ts";
import type { RealClock } from "./edge/real-clock.ts";

export interface BrokerAddress {
  /** mqtt://host:port or mqtts:// */
  url: string;
  username: string;
  password: string;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const CONNECT_TIMEOUT_MS = 8000;

export class MqttUplink implements Uplink {
  events: UplinkEvents | null = null;
  /** The latest complaint of the connection, for messages to people. */
  lastError: string | null = null;
  #client: MqttClient | null = null;
  readonly #address: BrokerAddress;
  readonly #clock: () => RealClock;

  constructor(address: BrokerAddress, clock: () => RealClock) {
    this.#address = address;
    this.#clock = clock;
  }

  connect(login: UplinkLogin): void {
    const { url, username, password } = this.#address;
    const options: IClientOptions = {
      clientId: login.clientId,
      username,
      password,
      protocolVersion: 4,
      clean: true,
      keepalive: login.keepAliveS,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_TIMEOUT_MS,
      resubscribe: false,
      queueQoSZero: false,
      will: {
        topic: login.will.topic,
        payload: Buffer.from(login.will.payload),
        qos: 1,
        retain: true,
      },
    };
    const client = connect(url, options);
    this.#client = client;
    client.on("connect", () => {
      // Small packets wait 40 ms for a delayed ACK otherwise.
      if (client.stream instanceof Socket) client.stream.setNoDelay(true);
      this.#from(client, (events) => events.connected());
    });
    client.on("close", () => {
      this.#from(client, (events) => {
        this.#client = null;
        events.closed(this.lastError ?? "the connection was closed");
      });
    });
    // "close" follows and is what the runtime acts on.
    client.on("error", (error) => {
      this.lastError = error.message;
    });
    client.on("message", (topic, payload, packet) => this.#message(client, topic, payload, packet));
  }

  publish(id: number, topic: Uint8Array, payload: Uint8Array, retain: boolean): void {
    const client = this.#client;
    if (client === null) return;
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    client.publish(decoder.decode(topic), bytes, { qos: 1, retain }, (error) => {
      // Without an answer the session is about to end; "close" says so.
      if (!error) this.#from(client, (events) => events.puback(id));
    });
  }

  subscribe(id: number, topic: Uint8Array): void {
    const client = this.#client;
    client?.subscribe(decoder.decode(topic), { qos: 1 }, (error, granted) => {
      const refused = granted?.some(({ qos }) => qos >= 0x80) === true;
      this.#from(client, (events) => events.suback(id, !error && !refused));
    });
  }

  acknowledge(_message: UplinkMessage): void {
    // mqtt.js has acknowledged it already: holding that back would also hold back the PUBACKs
    // behind it.
  }

  drop(): void {
    const client = this.#client;
    this.#client = null;
    client?.end(true);
  }

  vanish(): void {
    this.drop();
  }

  #message(client: MqttClient, topic: string, payload: Buffer, packet: IPublishPacket): void {
    const { retain, dup } = packet;
    const message = { topic: encoder.encode(topic), payload, retain, dup, token: null };
    this.#from(client, (events) => events.message(message));
  }

  /** An event of a client that was given up is nobody's business any more. */
  #from(client: MqttClient, act: (events: UplinkEvents) => void): void {
    this.#clock().deliver(() => {
      if (client === this.#client && this.events !== null) act(this.events);
    });
  }
}
