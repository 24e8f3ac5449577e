// The MQTT 3.1.1 control packets the broker model speaks, as objects instead of bytes.

export interface WillPacket {
  topic: string;
  payload: Uint8Array;
  retain: boolean;
  qos: 0 | 1;
}

export interface ConnectPacket {
  type: "connect";
  clientId: string;
  username: string | null;
  password: string | null;
  will: WillPacket | null;
  keepAliveS: number;
}

export interface PublishPacket {
  type: "publish";
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1;
  retain: boolean;
  dup: boolean;
  /** 0 with QoS 0. */
  id: number;
}

export interface SubscribePacket {
  type: "subscribe";
  id: number;
  filters: { filter: string; qos: 0 | 1 }[];
}

export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | SubscribePacket
  | { type: "puback"; id: number }
  | { type: "unsubscribe"; id: number; filters: string[] }
  | { type: "pingreq" }
  | { type: "disconnect" };

export type ServerPacket =
  | PublishPacket
  | { type: "connack"; code: number }
  | { type: "puback"; id: number }
  /** Granted QoS of each filter, 0x80 for a refusal. */
  | { type: "suback"; id: number; codes: number[] }
  | { type: "unsuback"; id: number }
  | { type: "pingresp" };

export const CONNACK_OK = 0;
export const CONNACK_BAD_LOGIN = 4;
export const CONNACK_NOT_AUTHORIZED = 5;
export const SUBACK_REFUSED = 0x80;
