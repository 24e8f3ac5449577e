// A byte stream whose other end is a broker of the simulator: what the board's own MQTT client
// writes is taken apart here and handed to an Uplink as packets, so that links, faults and
// checkers work as with the runtime in TypeScript.

import { generate, type Packet, type Parser, parser } from "mqtt-packet";
import type { Uplink, UplinkEvents, UplinkMessage } from "../runtime/uplink.ts";
import type { ByteStream } from "./byte-stream.ts";

/** A broker that sends more than a board reads is hung up on. */
export const UNREAD_BYTES_MAX = 1 << 20;

const decoder = new TextDecoder();
const encoder = new TextEncoder();
const NONE = new Uint8Array(0);

/** An uplink that knows whether the other end can hear it. */
export interface StreamUplink extends Uplink {
  readonly connected: boolean;
}

export class UplinkStream implements ByteStream, UplinkEvents {
  onReadable: (() => void) | null = null;
  readonly #uplink: StreamUplink;
  #parser: Parser | null = null;
  #state: "none" | "open" | "ended" = "none";
  #greeted = false;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #nextId = 1;
  /** By the packet id the board knows a message by. */
  readonly #untaken = new Map<number, UplinkMessage>();

  constructor(uplink: StreamUplink) {
    this.#uplink = uplink;
    uplink.events = this;
  }

  open(): boolean {
    if (this.#state !== "none") this.close();
    const found = parser({ protocolVersion: 4 });
    found.on("packet", (packet: Packet) => this.#packet(packet));
    found.on("error", () => this.#hangUp());
    this.#parser = found;
    this.#state = "open";
    return true;
  }

  read(size: number): Uint8Array | null {
    const [head] = this.#unread;
    if (head === undefined) return this.#state === "open" ? NONE : null;
    const bytes = head.subarray(0, size);
    if (bytes.length === head.length) this.#unread.shift();
    else this.#unread[0] = head.subarray(size);
    this.#unreadBytes -= bytes.length;
    return bytes;
  }

  write(bytes: Uint8Array): number {
    if (this.#state !== "open") return -1;
    this.#parser?.parse(Buffer.from(bytes));
    return bytes.length;
  }

  close(): void {
    if (this.#state === "open") this.#uplink.drop();
    this.#forget("none");
  }

  vanish(): void {
    if (this.#state === "open") this.#uplink.vanish();
    this.#forget("none");
  }

  // --- what the board sends ---

  #packet(packet: Packet): void {
    if (this.#state !== "open") return;
    if (packet.cmd === "connect" && !this.#greeted) this.#connect(packet);
    else if (!this.#greeted) this.#hangUp();
    else this.#inSession(packet);
  }

  #connect(packet: Packet & { cmd: "connect" }): void {
    const { clientId, username, keepalive = 0, will } = packet;
    this.#greeted = true;
    if (will === undefined) {
      this.#hangUp();
      return;
    }
    const payload = typeof will.payload === "string" ? encoder.encode(will.payload) : will.payload;
    this.#uplink.connect({
      clientId,
      username: username ?? "",
      will: { topic: will.topic, payload },
      keepAliveS: keepalive,
    });
  }

  #inSession(packet: Packet): void {
    const uplink = this.#uplink;
    switch (packet.cmd) {
      case "publish": {
        const { messageId = 0, topic, payload, retain } = packet;
        const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
        uplink.publish(messageId, encoder.encode(topic), Uint8Array.from(bytes), retain);
        break;
      }
      case "subscribe": {
        const [first] = packet.subscriptions;
        uplink.subscribe(packet.messageId ?? 0, encoder.encode(first?.topic ?? ""));
        break;
      }
      case "puback":
        this.#taken(packet.messageId ?? 0);
        break;
      case "pingreq":
        if (uplink.connected) this.#send({ cmd: "pingresp" });
        break;
      default:
        this.#hangUp();
    }
  }

  #taken(id: number): void {
    const message = this.#untaken.get(id);
    this.#untaken.delete(id);
    if (message !== undefined) this.#uplink.acknowledge(message);
  }

  #hangUp(): void {
    this.#uplink.drop();
    this.#forget("ended");
    this.onReadable?.();
  }

  // --- what the broker sends ---

  connected(): void {
    this.#send({ cmd: "connack", returnCode: 0, sessionPresent: false });
  }

  closed(): void {
    const unread = this.#unread;
    this.#forget("ended");
    // What came before the end can still be read.
    this.#unread = unread;
    this.onReadable?.();
  }

  puback(id: number): void {
    this.#send({ cmd: "puback", messageId: id });
  }

  suback(id: number, granted: boolean): void {
    this.#send({ cmd: "suback", messageId: id, granted: [granted ? 1 : 0x80] });
  }

  message(message: UplinkMessage): void {
    const { topic, payload, retain, dup, token } = message;
    const acknowledged = token !== 0;
    const id = acknowledged ? this.#freshId() : 0;
    if (acknowledged) this.#untaken.set(id, message);
    this.#send({
      cmd: "publish",
      topic: decoder.decode(topic),
      payload: Buffer.from(payload),
      qos: acknowledged ? 1 : 0,
      messageId: id,
      retain,
      dup,
    });
  }

  #freshId(): number {
    do this.#nextId = (this.#nextId % 0xffff) + 1;
    while (this.#untaken.has(this.#nextId));
    return this.#nextId;
  }

  #send(packet: Packet): void {
    if (this.#state !== "open") return;
    const bytes = generate(packet, { protocolVersion: 4 });
    this.#unread.push(new Uint8Array(bytes));
    this.#unreadBytes += bytes.length;
    if (this.#unreadBytes > UNREAD_BYTES_MAX) this.#hangUp();
    else this.onReadable?.();
  }

  #forget(state: "none" | "ended"): void {
    this.#state = state;
    this.#parser = null;
    this.#greeted = false;
    this.#unread = [];
    this.#unreadBytes = 0;
    this.#untaken.clear();
  }
}
