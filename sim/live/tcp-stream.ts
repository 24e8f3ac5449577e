// A board's byte stream over a real TCP socket. What comes from the socket enters the world
// through the real clock. A board that vanishes leaves its connection half open, as a real one
// does: the other end finds out by its keep-alive.

import { connect, type Socket } from "node:net";
import type { ByteStream } from "../lanes/byte-stream.ts";
import type { Uplink, UplinkEvents } from "../runtime/uplink.ts";
import type { RealClock } from "./edge/real-clock.ts";

/** Unsent bytes of which a small TCP stack would take no more. */
const SEND_BYTES_MAX = 4096;
/** Unread bytes from which the other end is made to wait. */
const RECEIVE_BYTES_MAX = 16_384;
const NONE = new Uint8Array(0);

export class TcpStream implements ByteStream {
  onReadable: (() => void) | null = null;
  readonly #clock: () => RealClock;
  #socket: Socket | null = null;
  #state: "none" | "opening" | "open" | "ended" = "none";
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  /** Connections of boards that vanished. */
  readonly #halfOpen = new Set<Socket>();

  constructor(clock: () => RealClock) {
    this.#clock = clock;
  }

  open(host: string, port: number): boolean {
    this.close();
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    this.#state = "opening";
    const from = (act: () => void) => {
      if (socket === this.#socket) this.#clock().deliver(act);
    };
    socket.on("connect", () => from(() => this.#opened()));
    socket.on("data", (chunk) => from(() => this.#received(chunk)));
    // "close" follows.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#halfOpen.delete(socket);
      from(() => this.#ended());
    });
    return true;
  }

  read(size: number): Uint8Array | null {
    const [head] = this.#unread;
    if (head === undefined)
      return this.#state === "opening" || this.#state === "open" ? NONE : null;
    const bytes = head.subarray(0, size);
    if (bytes.length === head.length) this.#unread.shift();
    else this.#unread[0] = head.subarray(size);
    this.#unreadBytes -= bytes.length;
    if (this.#unreadBytes < RECEIVE_BYTES_MAX) this.#socket?.resume();
    return bytes;
  }

  write(bytes: Uint8Array): number {
    if (this.#state === "opening") return 0;
    if (this.#state !== "open" || this.#socket === null) return -1;
    const room = SEND_BYTES_MAX - this.#socket.writableLength;
    const taken = bytes.slice(0, Math.max(0, room));
    if (taken.length > 0) this.#socket.write(taken);
    return taken.length;
  }

  close(): void {
    const socket = this.#socket;
    this.#forget("none");
    socket?.destroy();
  }

  vanish(): void {
    const socket = this.#socket;
    const wasOpen = this.#state === "open";
    this.#forget("none");
    if (socket === null) return;
    if (!wasOpen) socket.destroy();
    else this.#halfOpen.add(socket.pause());
  }

  /** Ends half-open connections too. */
  drop(): void {
    this.close();
    for (const socket of this.#halfOpen) socket.destroy();
    this.#halfOpen.clear();
  }

  #opened(): void {
    this.#state = "open";
    this.onReadable?.();
  }

  #received(chunk: Uint8Array): void {
    this.#unread.push(new Uint8Array(chunk));
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes >= RECEIVE_BYTES_MAX) this.#socket?.pause();
    this.onReadable?.();
  }

  #ended(): void {
    this.#socket = null;
    this.#state = "ended";
    this.onReadable?.();
  }

  #forget(state: "none"): void {
    this.#socket = null;
    this.#state = state;
    this.#unread = [];
    this.#unreadBytes = 0;
  }
}

/** The uplink of a Wemos whose program speaks MQTT itself: only the wire of it is used. */
export class TcpUplink implements Uplink {
  events: UplinkEvents | null = null;
  readonly stream: TcpStream;

  constructor(clock: () => RealClock) {
    this.stream = new TcpStream(clock);
  }

  connect(): void {
    throw new Error("the board speaks MQTT itself");
  }

  publish(): void {
    this.connect();
  }

  subscribe(): void {
    this.connect();
  }

  acknowledge(): void {
    this.connect();
  }

  drop(): void {
    this.stream.drop();
  }

  vanish(): void {
    this.stream.vanish();
  }
}
