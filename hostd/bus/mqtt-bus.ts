// The Bus over mqtt.js: to the embedded broker inside this process, or to any server by URL.
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type IClientOptions, MqttClient } from "mqtt";
import { CaddyError } from "../errors.ts";
import type { Log } from "../ports.ts";
import type { Bus, BusMessage } from "./bus.ts";

export interface MqttBusOptions {
  /** An mqtt:// or mqtts:// URL without user and password, or a way to open a stream. */
  to: string | (() => Duplex);
  user: string;
  password: string;
  clientId: string;
  log: Log;
}

const CONNECT_MS = 10_000;
const RECONNECT_MS = 1000;
/** CONNACK codes that the next attempt gets again: version, client id, password, no rights. */
const REFUSALS = [1, 2, 4, 5];

/** The broker answered and does not want us: trying again would not help. */
class Refused extends Error {}

const bytesOf = (payload: string | Uint8Array) =>
  typeof payload === "string" ? payload : Buffer.from(payload);

export class MqttBus implements Bus {
  private readonly options: MqttBusOptions;
  private readonly messageListeners: ((message: BusMessage) => void)[] = [];
  private readonly linkListeners: ((up: boolean) => void)[] = [];
  private client: MqttClient | null = null;
  private readonly inFlight = new Set<number>();
  private up = false;

  constructor(options: MqttBusOptions) {
    this.options = options;
  }

  get linked(): boolean {
    return this.up;
  }

  onMessage(listener: (message: BusMessage) => void): void {
    this.messageListeners.push(listener);
  }

  onLink(listener: (up: boolean) => void): void {
    this.linkListeners.push(listener);
  }

  /**
   * Resolves when connected and subscribed, or when the broker is not there: it is tried again in
   * the background, as after every later loss. Rejects with CADDY_BROKER_REFUSED when the first
   * attempt is refused.
   */
  async start(filters: readonly string[]): Promise<void> {
    const { to, user, password, clientId } = this.options;
    const options: IClientOptions = {
      protocolVersion: 4,
      clean: true,
      clientId,
      username: user,
      password,
      connectTimeout: CONNECT_MS,
      reconnectPeriod: RECONNECT_MS,
      reconnectOnConnackError: true,
      // What was not sent is not sent later: a command must not act long after it was given.
      queueQoSZero: false,
      resubscribe: false,
    };
    const client =
      typeof to === "string" ? connect(to, options) : new MqttClient(() => to() as never, options);
    this.client = client;
    client.on("message", (topic, payload, packet) => {
      const message = { topic, payload: payload.toString("utf8"), retain: packet.retain };
      for (const listener of this.messageListeners) listener(message);
    });
    client.on("close", () => {
      // mqtt.js would send these again after the reconnect: a command must not come that late.
      for (const messageId of this.inFlight) client.removeOutgoingMessage(messageId);
      this.setUp(false);
    });
    await this.firstLink(client, filters);
  }

  async stop(): Promise<void> {
    const { client } = this;
    this.client = null;
    if (client) await client.endAsync(true);
    this.setUp(false);
  }

  async publish(
    topic: string,
    payload: string | Uint8Array,
    options: { retain: boolean },
  ): Promise<void> {
    if (!this.client || !this.up) throw new CaddyError("CADDY_BROKER_DOWN", `cannot send ${topic}`);
    const { client } = this;
    const sent = client.publishAsync(topic, bytesOf(payload), { qos: 1, retain: options.retain });
    const messageId = client.getLastMessageId();
    this.inFlight.add(messageId);
    try {
      await sent;
    } finally {
      this.inFlight.delete(messageId);
    }
  }

  private firstLink(client: MqttClient, filters: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const where = typeof this.options.to === "string" ? this.options.to : "the embedded broker";
      let first = true;
      let told = "";
      const failed = (error: Error) => {
        const why = error.message || String((error as { code?: string }).code);
        if (first && error instanceof Refused) {
          client.end(true);
          reject(new CaddyError("CADDY_BROKER_REFUSED", `${where}: ${why}`));
        } else if (why !== told) {
          // Once, not at every attempt.
          told = why;
          this.options.log("warn", `${where}: ${why}; hostd goes on trying`);
        }
        first = false;
        resolve();
      };
      client.on("error", (error) => {
        const { code } = error as { code?: unknown };
        failed(REFUSALS.some((refusal) => refusal === code) ? new Refused(error.message) : error);
      });
      client.on("close", () => {
        if (first) failed(new Error("no connection"));
      });
      client.on("connect", () => {
        // Small packets wait 40 ms for a delayed ACK otherwise.
        if (client.stream instanceof Socket) client.stream.setNoDelay(true);
        this.subscribe(client, filters).then(
          () => {
            if (told !== "") this.options.log("info", `${where}: linked again`);
            told = "";
            first = false;
            this.setUp(true);
            resolve();
          },
          // Without its subscriptions hostd is blind: begin again from the connect.
          (error: Error) => {
            const wasFirst = first;
            failed(error);
            if (!(wasFirst && error instanceof Refused)) client.reconnect();
          },
        );
      });
    });
  }

  /** Rejects when a filter is refused, or the connection ends before the answer. */
  private async subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
    try {
      await client.subscribeAsync([...filters], { qos: 1 });
    } catch (error) {
      const { granted = [] } = (error as { packet?: { granted?: number[] } }).packet ?? {};
      const refused = filters.filter((_, i) => granted[i] === 128);
      throw refused.length > 0 ? new Refused(`may not read ${refused.join(", ")}`) : error;
    }
  }

  private setUp(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    for (const listener of this.linkListeners) listener(up);
  }
}
