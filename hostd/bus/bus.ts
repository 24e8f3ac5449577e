// The message bus as hostd's capabilities see it: MQTT, but also a virtual bus in the simulator.

export interface BusMessage {
  topic: string;
  payload: string;
  /** It was kept by the broker from before our subscription: it may be old. */
  retain: boolean;
}

export interface Bus {
  /** Registers before start(); messages of every filter go to every listener. */
  onMessage(listener: (message: BusMessage) => void): void;
  /** `up` after the subscriptions were granted, and again after every reconnect. */
  onLink(listener: (up: boolean) => void): void;
  /** QoS 1. Rejects at once when there is no link: nothing is queued for later. */
  publish(topic: string, payload: string | Uint8Array, options: { retain: boolean }): Promise<void>;
  readonly linked: boolean;
  start(filters: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}
