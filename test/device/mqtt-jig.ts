// The C client as a child process (mqtt-driver.c) whose stream, clock and random numbers belong to
// the test.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { compileC } from "../../firmware/compile.ts";
import { encode } from "../sim/mqtt/conformance/wire.ts";

export const MQTT_SOURCES = ["mqtt", "packet", "sender", "sendbuf", "outbox", "backoff"].map(
  (name) => `firmware/runtime/${name}.c`,
);

export interface Login {
  id: string;
  user: string;
  password: string;
  willTopic: string;
  willPayload: string;
  bufferBytes: number;
  nowMs: number;
}

export const LOGIN: Login = {
  id: "shack1/bp1",
  user: "shack1/bp1",
  password: "secret",
  willTopic: "caddyshack/shack1/bp1/status",
  willPayload: "offline",
  bufferBytes: 1024,
  nowMs: 0,
};

export interface Delivered {
  topic: string;
  payload: string;
  /** As it was sent; more than `payload` holds when it was cut. */
  payloadLength: number;
  flags: number;
}

/** What came of a command: events (`open`, `close`, `up`, `down`, `log ...`), the rest apart. */
export interface Outcome {
  events: string[];
  /** Bytes given to the network. */
  sent: Uint8Array;
  messages: Delivered[];
  /** Packet id or error of a publish or a subscribe, also of those made inside a delivery. */
  ids: number[];
  nextMs: number;
}

/** How long every wait of the back-off is, unless a test sets `random`. */
export const WAIT_MS = 400;

const hex = (bytes: Uint8Array) => (bytes.length === 0 ? "-" : Buffer.from(bytes).toString("hex"));
const latin = (text: string) => Buffer.from(text, "latin1");

function delivered(rest: string): Delivered {
  const [topicLength, payloadLength, flags, digits = ""] = rest.split(/ +/);
  const bytes = Buffer.from(digits, "hex");
  const at = Number(topicLength);
  return {
    topic: bytes.toString("latin1", 0, at),
    payload: bytes.toString("latin1", at),
    payloadLength: Number(payloadLength),
    flags: Number(flags),
  };
}

function outcomeOf(lines: readonly string[]): Outcome {
  const outcome: Outcome = {
    events: [],
    sent: new Uint8Array(0),
    messages: [],
    ids: [],
    nextMs: Number.NaN,
  };
  const sent: Uint8Array[] = [];
  for (const line of lines) {
    const [word = "", ...rest] = line.split(" ");
    if (word === "sent") sent.push(Buffer.from(rest[0] ?? "", "hex"));
    else if (word === "message") outcome.messages.push(delivered(rest.join(" ")));
    else if (word === "id") outcome.ids.push(Number(rest[0]));
    else if (word === "next") outcome.nextMs = Number(rest[0]);
    else outcome.events.push(line);
  }
  outcome.sent = Buffer.concat(sent);
  return outcome;
}

export class MqttJig {
  nowMs = 0;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { done: (lines: string[]) => void; fail: (error: Error) => void }[] = [];
  #lines: string[] = [];
  #complaints = "";

  private constructor(program: string) {
    this.#child = spawn(program);
    createInterface(this.#child.stdout).on("line", (line) => {
      if (line !== ".") this.#lines.push(line);
      else this.#waiting.shift()?.done(this.#lines.splice(0));
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#complaints += text;
    });
    this.#child.stdin.on("error", () => {});
    this.#child.once("close", (code, signal) => {
      const error = new Error(`the driver ended (${signal ?? code}):\n${this.#complaints}`);
      for (const { fail } of this.#waiting.splice(0)) fail(error);
    });
  }

  /** Logs in with `login`; nothing is sent before the first step. */
  static async start(login: Partial<Login> = {}): Promise<MqttJig> {
    const sources = ["test/device/mqtt-driver.c", ...MQTT_SOURCES];
    const program = await compileC({
      name: "mqtt-driver",
      sources,
      sanitize: true,
      flags: ["-O1"],
    });
    const jig = new MqttJig(program);
    await jig.login(login);
    return jig;
  }

  async login(login: Partial<Login> = {}): Promise<void> {
    const { id, user, password, willTopic, willPayload, bufferBytes, nowMs } = {
      ...LOGIN,
      ...login,
    };
    this.nowMs = nowMs;
    const words = [id, user, password, willTopic, willPayload, bufferBytes, nowMs];
    // At once the first time, then after WAIT_MS.
    await this.set("random", 0);
    await this.#command(`login broker 1883 ${words.join(" ")}`);
    await this.set("random", WAIT_MS);
  }

  stop(): void {
    this.#child.kill();
  }

  /** Lets `ms` pass, then the client work once. */
  async step(ms = 0): Promise<Outcome> {
    this.nowMs = (this.nowMs + ms) >>> 0;
    return outcomeOf(await this.#command(`step ${this.nowMs}`));
  }

  /** Steps without time passing until it has nothing left to do at once. */
  async settle(): Promise<Outcome> {
    const all: Outcome[] = [];
    do all.push(await this.step());
    while (all.at(-1)?.nextMs === 0);
    return {
      events: all.flatMap(({ events }) => events),
      sent: Buffer.concat(all.map(({ sent }) => sent)),
      messages: all.flatMap(({ messages }) => messages),
      ids: all.flatMap(({ ids }) => ids),
      nextMs: all.at(-1)?.nextMs ?? 0,
    };
  }

  /** The broker sends bytes; the client reads them in a later step. */
  async feed(...parts: Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(parts);
    if (bytes.length > 0) await this.#command(`feed ${hex(bytes)}`);
  }

  async publish(topic: string, payload: string, retain = false): Promise<Outcome> {
    const line = `publish ${hex(latin(topic))} ${hex(latin(payload))} ${retain ? 1 : 0}`;
    return outcomeOf(await this.#command(line));
  }

  async subscribe(filter: string): Promise<Outcome> {
    return outcomeOf(await this.#command(`subscribe ${hex(latin(filter))} -`));
  }

  /** See `set` in mqtt-driver.c. */
  async set(what: string, value: number): Promise<void> {
    await this.#command(`set ${what} ${value}`);
  }

  /** Answers every message with `count` copies of its payload, filled up to `bytes`. */
  async answer(count: number, bytes: number, topic: string): Promise<void> {
    await this.#command(`answer ${count} ${bytes} ${hex(latin(topic))}`);
  }

  async mark(on: boolean): Promise<void> {
    await this.#command(`mark ${on ? 1 : 0}`);
  }

  async drop(): Promise<Outcome> {
    return outcomeOf(await this.#command(`drop ${this.nowMs}`));
  }

  async ask(): Promise<{
    up: boolean;
    room: number;
    marked: number;
    /** Bytes the client has not read yet. */
    unread: number;
    receiving: boolean;
  }> {
    const [line = ""] = await this.#command("ask");
    const [, up, room = 0, marked = 0, unread = 0, receiving] = line.split(" ").map(Number);
    return { up: up === 1, room, marked, unread, receiving: receiving === 1 };
  }

  /** Connects and is answered: the client is up. */
  async up(): Promise<Outcome> {
    await this.step(1);
    await this.feed(CONNACK);
    return this.settle();
  }

  #command(line: string): Promise<string[]> {
    return new Promise((done, fail) => {
      this.#waiting.push({ done, fail });
      if (this.#child.exitCode === null) this.#child.stdin.write(`${line}\n`);
      else fail(new Error(`the driver ended:\n${this.#complaints}`));
    });
  }
}

// --- what a broker sends ---

export const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
export const PINGRESP = Uint8Array.of(0xd0, 0);
export const puback = (id: number) => encode({ type: "puback", id });
export const suback = (id: number, code = 1) => Uint8Array.of(0x90, 3, id >> 8, id & 255, code);

export interface BrokerMessage {
  qos?: 0 | 1;
  retain?: boolean;
  dup?: boolean;
  id?: number;
}

export function message(topic: string, payload: string | Uint8Array, how: BrokerMessage = {}) {
  const { qos = 1, retain = false, dup = false, id = 7 } = how;
  const bytes = typeof payload === "string" ? latin(payload) : payload;
  return encode({ type: "publish", topic, payload: bytes, qos, retain, dup, id });
}

// --- what the client sent ---

const NAMES = new Map([
  [1, "CONNECT"],
  [3, "PUBLISH"],
  [4, "PUBACK"],
  [8, "SUBSCRIBE"],
  [12, "PINGREQ"],
]);

/** In words. Throws where the bytes are not whole packets of a client. */
export function packets(bytes: Uint8Array): string[] {
  const words: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at++] as number;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const digit = bytes[at++] as number;
      length += (digit & 0x7f) << shift;
      if (digit < 0x80) break;
    }
    const body = Buffer.from(bytes.subarray(at, at + length));
    if (body.length !== length) throw new Error(`half a packet: ${hex(bytes.subarray(at))}`);
    at += length;
    words.push(packetWords(first, body));
  }
  return words;
}

function packetWords(first: number, body: Buffer): string {
  const name = NAMES.get(first >> 4);
  if (name === undefined) throw new Error(`a client sent a packet of type ${first >> 4}`);
  if (name === "PUBLISH") {
    const end = 2 + body.readUInt16BE(0);
    const topic = body.toString("latin1", 2, end);
    const flags = `${(first & 1) === 1 ? " RETAIN" : ""}${(first & 6) === 2 ? "" : " not QoS 1"}`;
    const text = `"${body.toString("latin1", end + 2)}"`;
    return `PUBLISH ${body.readUInt16BE(end)} ${topic} ${text}${flags}`;
  }
  if (name === "SUBSCRIBE") {
    const end = 4 + body.readUInt16BE(2);
    return `SUBSCRIBE ${body.readUInt16BE(0)} ${body.toString("latin1", 4, end)} ${body[end]}`;
  }
  return name === "PUBACK" ? `PUBACK ${body.readUInt16BE(0)}` : name;
}
