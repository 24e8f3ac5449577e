// MQTT 3.1.1 packets as bytes: what a client sends, and what it reads. Small on purpose: the real
// brokers are met without a client library that would have opinions of its own.

import type { ClientPacket, ServerPacket } from "../../../../sim/mqtt/packets.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function text(value: string | Uint8Array): number[] {
  const bytes = typeof value === "string" ? encoder.encode(value) : value;
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

const word = (value: number): number[] => [value >> 8, value & 0xff];

function frame(first: number, body: readonly number[]): Uint8Array {
  const length: number[] = [];
  let left = body.length;
  do {
    const digit = left % 128;
    left = Math.floor(left / 128);
    length.push(left > 0 ? digit | 0x80 : digit);
  } while (left > 0);
  return Uint8Array.from([first, ...length, ...body]);
}

function encodeConnect(packet: Extract<ClientPacket, { type: "connect" }>): Uint8Array {
  const { clientId, username, password, will, keepAliveS } = packet;
  let flags = 0x02;
  if (will) flags |= 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0);
  if (password !== null) flags |= 0x40;
  if (username !== null) flags |= 0x80;
  return frame(0x10, [
    ...text("MQTT"),
    4,
    flags,
    ...word(keepAliveS),
    ...text(clientId),
    ...(will ? [...text(will.topic), ...text(will.payload)] : []),
    ...(username === null ? [] : text(username)),
    ...(password === null ? [] : text(password)),
  ]);
}

export function encode(packet: ClientPacket): Uint8Array {
  switch (packet.type) {
    case "connect":
      return encodeConnect(packet);
    case "publish": {
      const { topic, payload, qos, retain, dup, id } = packet;
      const first = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
      return frame(first, [...text(topic), ...(qos === 1 ? word(id) : []), ...payload]);
    }
    case "subscribe": {
      const filters = packet.filters.flatMap(({ filter, qos }) => [...text(filter), qos]);
      return frame(0x82, [...word(packet.id), ...filters]);
    }
    case "unsubscribe":
      return frame(0xa2, [...word(packet.id), ...packet.filters.flatMap((one) => text(one))]);
    case "puback":
      return frame(0x40, word(packet.id));
    case "pingreq":
      return frame(0xc0, []);
    case "disconnect":
      return frame(0xe0, []);
  }
}

/** The packets that are whole, and the bytes that are left. */
export function decode(bytes: Uint8Array): { packets: ServerPacket[]; rest: Uint8Array } {
  const packets: ServerPacket[] = [];
  let rest = bytes;
  for (;;) {
    let length = 0;
    let at = 1;
    for (let shift = 0; ; shift += 7) {
      const digit = rest[at++];
      if (digit === undefined) return { packets, rest };
      length |= (digit & 0x7f) << shift;
      if (digit < 0x80) break;
    }
    if (rest.length < at + length) return { packets, rest };
    packets.push(decodeOne(rest[0] as number, rest.subarray(at, at + length)));
    rest = rest.subarray(at + length);
  }
}

function decodeOne(first: number, body: Uint8Array): ServerPacket {
  const at = (i: number) => body[i] as number;
  const id = (at(0) << 8) | at(1);
  switch (first >> 4) {
    case 2:
      return { type: "connack", code: at(1) };
    case 3:
      return decodePublish(first, body);
    case 4:
      return { type: "puback", id };
    case 9:
      return { type: "suback", id, codes: [...body.subarray(2)] };
    case 11:
      return { type: "unsuback", id };
    case 13:
      return { type: "pingresp" };
    default:
      throw new Error(`a broker sent a packet of type ${first >> 4}`);
  }
}

function decodePublish(first: number, body: Uint8Array): ServerPacket {
  const qos = ((first >> 1) & 3) as 0 | 1;
  const end = 2 + (((body[0] as number) << 8) | (body[1] as number));
  const id = qos === 0 ? 0 : ((body[end] as number) << 8) | (body[end + 1] as number);
  return {
    type: "publish",
    topic: decoder.decode(body.subarray(2, end)),
    payload: body.slice(qos === 0 ? end : end + 2),
    qos,
    retain: (first & 1) === 1,
    dup: (first & 8) === 8,
    id,
  };
}
