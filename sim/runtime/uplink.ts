// The runtime's way to an MQTT 3.1.1 broker: a port with two implementations, the broker model in
// virtual time and mqtt.js over real sockets. Events never come from inside a call, but later. One
// session at a time; packet ids are the runtime's.

export interface Will {
  topic: string;
  payload: Uint8Array;
}

export interface UplinkLogin {
  clientId: string;
  username: string;
  /** Retained, QoS 1. */
  will: Will;
  keepAliveS: number;
}

export interface UplinkMessage {
  topic: Uint8Array;
  payload: Uint8Array;
  retain: boolean;
  dup: boolean;
  /** The transport's own handle; hand the message back to `acknowledge` when it was taken. */
  token: unknown;
}

export interface UplinkEvents {
  /** CONNACK 0. */
  connected(): void;
  /** The session or the attempt ended, whoever ended it. Comes once per `connect`. */
  closed(reason: string): void;
  puback(id: number): void;
  suback(id: number, granted: boolean): void;
  message(message: UplinkMessage): void;
}

export interface Uplink {
  /** Who gets the events; set once, before the first connect. */
  events: UplinkEvents | null;
  connect(login: UplinkLogin): void;
  /** QoS 1. */
  publish(id: number, topic: Uint8Array, payload: Uint8Array, retain: boolean): void;
  /** QoS 1. */
  subscribe(id: number, topic: Uint8Array): void;
  /** A message was taken: it is acknowledged to the broker now. */
  acknowledge(message: UplinkMessage): void;
  /**
   * Ends the session without DISCONNECT, so that the will is published. No events come after
   * it.
   */
  drop(): void;
  /** The board lost its CPU or power: the connection is left half open. No events come after it. */
  vanish(): void;
}
