// The runtime's uplink over real sockets, with mqtt.js. Everything that comes from the socket
// enters the world through the real clock. Reconnecting is the runtime's affair, so every
// connect is a new client.

import { Socket } from "node:net";
import {
  connect,
  type IClientOptions,
  type IPublishPacket,
  type MqttClient,
  type Packet,
} from "mqtt";
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

/** What mqtt.js keeps to itself (version 5). */
interface PacketSender {
  _sendPacket(packet: Packet, done?: () => void, ...rest: unknown[]): void;
}

export class MqttUplink implements Uplink {
  events: UplinkEvents | null = null;
  #client: MqttClient | null = null;
  /** Clients of a board that vanished: silent, until the broker or their keep-alive ends them. */
  readonly #halfOpen = new Set<MqttClient>();
  /** Ids of messages that were not taken yet, and whether mqtt.js has acknowledged them. */
  #untaken = new Map<number, boolean>();
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
    this.#untaken = new Map();
    this.#sendThrough(client);
    let complaint: string | null = null;
    client.on("connect", () => {
      // Small packets wait 40 ms for a delayed ACK otherwise.
      if (client.stream instanceof Socket) client.stream.setNoDelay(true);
      this.#from(client, (events) => events.connected());
    });
    client.on("close", () => {
      this.#halfOpen.delete(client);
      this.#from(client, (events) => {
        this.#client = null;
        events.closed(complaint ?? "the connection was closed");
      });
    });
    // "close" follows and is what the runtime acts on.
    client.on("error", (error) => {
      complaint = error.message;
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

  acknowledge({ token }: UplinkMessage): void {
    const due = typeof token === "number" && this.#untaken.get(token);
    this.#untaken.delete(token as number);
    const client = this.#client;
    // Not from inside `message`: there mqtt.js is still to acknowledge it, and now may.
    if (!due || client === null) return;
    (client as unknown as PacketSender)._sendPacket({ cmd: "puback", messageId: token });
  }

  /** Ends half-open connections too. */
  drop(): void {
    const clients = [this.#client, ...this.#halfOpen];
    this.#client = null;
    this.#halfOpen.clear();
    for (const client of clients) client?.end(true);
  }

  vanish(): void {
    const client = this.#client;
    this.#client = null;
    if (client?.connected) this.#halfOpen.add(client);
    else client?.end(true);
  }

  /**
   * Everything a client sends passes here: nothing once its board has vanished, and no PUBACK
   * before the message was taken. mqtt.js has no way to hold back one PUBACK alone: its own hooks
   * hold back all packets that come after it, the PUBACKs among them which make room to take it.
   */
  #sendThrough(client: MqttClient): void {
    const sender = client as unknown as PacketSender;
    const send = sender._sendPacket.bind(client);
    sender._sendPacket = (packet, done, ...rest) => {
      const id = packet.cmd === "puback" ? packet.messageId : undefined;
      const held = client === this.#client && id !== undefined && this.#untaken.has(id);
      if (held) this.#untaken.set(id, true);
      if (held || this.#halfOpen.has(client)) done?.();
      else send(packet, done, ...rest);
    };
  }

  #message(client: MqttClient, topic: string, payload: Buffer, packet: IPublishPacket): void {
    const { retain, dup, messageId: token } = packet;
    const message = { topic: encoder.encode(topic), payload, retain, dup, token };
    if (token !== undefined && client === this.#client) this.#untaken.set(token, false);
    this.#from(client, (events) => events.message(message));
  }

  /** An event of a client that was given up is nobody's business any more. */
  #from(client: MqttClient, act: (events: UplinkEvents) => void): void {
    this.#clock().deliver(() => {
      if (client === this.#client && this.events !== null) act(this.events);
    });
  }
}
