// MQTT bytes of a board on one side, packets of the simulator on the other.
import { generate, type Packet, parser } from "mqtt-packet";
import { beforeEach, expect, test } from "vitest";
import { UNREAD_BYTES_MAX, UplinkStream } from "../../../sim/lanes/uplink-stream.ts";
import type { UplinkEvents } from "../../../sim/runtime/uplink.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (from: Uint8Array) => new TextDecoder().decode(from);

let calls: unknown[][] = [];
let events: UplinkEvents | null = null;
let connected = true;
let stream: UplinkStream;
let readable = 0;

beforeEach(() => {
  calls = [];
  connected = true;
  const uplink = {
    set events(value: UplinkEvents | null) {
      events = value;
    },
    get connected() {
      return connected;
    },
    connect: (login: unknown) => void calls.push(["connect", login]),
    publish: (id: number, topic: Uint8Array, payload: Uint8Array, retain: boolean) =>
      void calls.push(["publish", id, text(topic), text(payload), retain]),
    subscribe: (id: number, topic: Uint8Array) => void calls.push(["subscribe", id, text(topic)]),
    acknowledge: (message: { token: unknown }) => void calls.push(["acknowledge", message.token]),
    drop: () => void calls.push(["drop"]),
    vanish: () => void calls.push(["vanish"]),
  };
  stream = new UplinkStream(uplink as ConstructorParameters<typeof UplinkStream>[0]);
  readable = 0;
  stream.onReadable = () => void readable++;
  stream.open();
});

const will = { topic: "b/status", payload: Buffer.from("offline"), qos: 1, retain: true } as const;
const willing = {
  cmd: "connect",
  clientId: "s/bp1",
  protocolVersion: 4,
  protocolId: "MQTT",
  clean: true,
  keepalive: 15,
  username: "s/bp1",
  password: Buffer.from("secret"),
} as const;
const connect: Packet = { ...willing, will };

function send(...packets: Packet[]): void {
  for (const packet of packets) stream.write(new Uint8Array(generate(packet)));
}

function received(): Packet[] {
  const found: Packet[] = [];
  const reader = parser({ protocolVersion: 4 });
  reader.on("packet", (packet: Packet) => found.push(packet));
  for (;;) {
    const part = stream.read(3);
    if (part === null || part.length === 0) return found;
    reader.parse(Buffer.from(part));
  }
}

function openSession(): void {
  send(connect);
  events?.connected();
  received();
  calls.length = 0;
}

test("a session opens with what the board says", () => {
  for (const byte of generate(connect)) stream.write(Uint8Array.of(byte));
  const login = { clientId: "s/bp1", username: "s/bp1", keepAliveS: 15 };
  expect(calls).toMatchObject([["connect", { ...login, will: { topic: "b/status" } }]]);
  expect(stream.read(10)).toEqual(new Uint8Array());
  events?.connected();
  expect(readable).toBe(1);
  expect(received()).toMatchObject([{ cmd: "connack", returnCode: 0 }]);
});

test("publish, subscribe and their answers", () => {
  openSession();
  const publish = { cmd: "publish", topic: "b/info", payload: "{}", dup: false } as const;
  send({ ...publish, qos: 1, retain: true, messageId: 7 });
  send({ cmd: "subscribe", messageId: 8, subscriptions: [{ topic: "b/+/set", qos: 1 }] });
  expect(calls).toEqual([
    ["publish", 7, "b/info", "{}", true],
    ["subscribe", 8, "b/+/set"],
  ]);
  events?.puback(7);
  events?.suback(8, true);
  events?.suback(9, false);
  expect(received()).toMatchObject([
    { cmd: "puback", messageId: 7 },
    { cmd: "suback", messageId: 8, granted: [1] },
    { cmd: "suback", messageId: 9, granted: [0x80] },
  ]);
});

test("a message is acknowledged when the board has taken it", () => {
  openSession();
  const message = { topic: bytes("b/1/set"), payload: bytes("on x"), retain: false, dup: true };
  events?.message({ ...message, token: 4711 });
  const [packet] = received();
  expect(packet).toMatchObject({ cmd: "publish", topic: "b/1/set", qos: 1, dup: true });
  expect(calls).toEqual([]);
  const { messageId = 0 } = packet as Packet & { cmd: "publish" };
  send({ cmd: "puback", messageId });
  send({ cmd: "puback", messageId });
  expect(calls).toEqual([["acknowledge", 4711]]);
});

test("a ping is answered while the other end can hear it", () => {
  openSession();
  send({ cmd: "pingreq" });
  connected = false;
  send({ cmd: "pingreq" });
  expect(received()).toMatchObject([{ cmd: "pingresp" }]);
});

const rubbish: [string, () => void][] = [
  ["another packet before CONNECT", () => send({ cmd: "pingreq" })],
  ["CONNECT twice", () => send(connect, connect)],
  ["no will", () => send(willing)],
  ["a packet that only brokers send", () => send(connect, { cmd: "pingresp" })],
  ["no MQTT", () => void stream.write(bytes("GET / HTTP/1.1\r\n\r\n"))],
];
for (const [what, act] of rubbish) {
  test(`${what} ends the stream`, () => {
    act();
    expect(calls.at(-1)).toEqual(["drop"]);
    expect(stream.read(1)).toBeNull();
    expect(stream.write(Uint8Array.of(1))).toBe(-1);
    expect(stream.open()).toBe(true);
    expect(stream.read(1)).toEqual(new Uint8Array());
  });
}

test("what came before the end can still be read", () => {
  openSession();
  events?.puback(3);
  events?.closed("gone");
  expect(received()).toMatchObject([{ cmd: "puback", messageId: 3 }]);
  expect(stream.read(1)).toBeNull();
});

test("a board that never reads is hung up on", () => {
  openSession();
  const payload = new Uint8Array(UNREAD_BYTES_MAX / 4);
  const message = { topic: bytes("t"), payload, retain: false, dup: false };
  for (let i = 1; i <= 4; i++) events?.message({ ...message, token: i });
  expect(calls).toEqual([["drop"]]);
});

test("closing and vanishing are told apart", () => {
  openSession();
  stream.close();
  stream.close();
  stream.open();
  send(connect);
  stream.vanish();
  expect(calls.map(([name]) => name)).toEqual(["drop", "connect", "vanish"]);
});
