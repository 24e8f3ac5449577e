// The Bus over mqtt.js: to the embedded broker inside this process, or to any server by URL.
import type { Duplex } from "node:stream";
import { connect, type IClientOptions, MqttClient } from "mqtt";
import { CaddyError } from "../errors.ts";
import type { Bus, BusMessage } from "./bus.ts";

export interface MqttBusOptions {
  /** An mqtt:// or mqtts:// URL without user and password, or a way to open a stream. */
  to: string | (() => Duplex);
  user: string;
  password: string;
  clientId: string;
}

const CONNECT_MS = 10_000;
const RECONNECT_MS = 1000;

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
   * Resolves when connected and subscribed. Rejects with CADDY_BROKER_REFUSED when the first
   * attempt fails; later losses are mended in the background.
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

  async publish(topic: string, payload: string, options: { retain: boolean }): Promise<void> {
    if (!this.client || !this.up) throw new CaddyError("CADDY_BROKER_DOWN", `cannot send ${topic}`);
    const { client } = this;
    const sent = client.publishAsync(topic, payload, { qos: 1, retain: options.retain });
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
      let first = true;
      const where = typeof this.options.to === "string" ? this.options.to : "the embedded broker";
      const giveUp = (why: string) => {
        if (!first) return;
        first = false;
        client.end(true);
        reject(new CaddyError("CADDY_BROKER_REFUSED", `${where}: ${why}`));
      };
      client.on("error", (error) =>
        giveUp(error.message || String((error as { code?: string }).code)),
      );
      client.on("close", () => giveUp("no connection"));
      client.on("connect", () => {
        this.subscribe(client, filters).then(
          () => {
            first = false;
            this.setUp(true);
            resolve();
          },
          // Without its subscriptions hostd is blind: begin again from the connect.
          (error: Error) => (first ? giveUp(error.message) : client.reconnect()),
        );
      });
    });
  }

  private async subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
    const granted = await client.subscribeAsync([...filters], { qos: 1 });
    const refused = granted.filter((grant) => grant.qos === 128).map((grant) => grant.topic);
    if (refused.length > 0) throw new Error(`may not read ${refused.join(", ")}`);
  }

  private setUp(up: boolean): void {
    if (this.up === up) return;
    this.up = up;
    for (const listener of this.linkListeners) listener(up);
  }
}
