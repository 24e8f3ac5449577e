// A console over a WebSocket (docs/SPEC.md 5.3): output as binary with its offset, everything else
// as JSON. Bounded: what a slow browser has not taken yet is kept for it by the console, not here.

import type { WebSocket } from "ws";
import { lineText } from "../consoles/line-settings.ts";
import type { ConsoleLineState, ScreenSize, Viewer, ViewerDoor } from "../consoles/types.ts";
import { isoTime } from "../edge/iso-time.ts";

/** Waiting in the socket at most. */
const WAITING_BYTES_MAX = 256 * 1024;
/** With everything that is told beside the output. */
const SAID_BYTES_MAX = 1024 * 1024;
const OFFSET_BYTES = 8;
/** Stands for "a redrawn screen". */
const SCREEN_OFFSET = 2n ** 64n - 1n;

export interface ViewerView {
  id: string;
  user: string;
  role: string;
  via: string;
  since: string;
}

export const viewerView = ({ id, user, role, via, sinceWallMs }: Viewer): ViewerView => ({
  id,
  user,
  role,
  via,
  since: isoTime(sinceWallMs),
});

export const settingsView = ({ settings }: ConsoleLineState) => ({
  baud: settings.baudRate,
  line: lineText(settings),
});

export class SocketDoor implements ViewerDoor {
  readonly #socket: WebSocket;
  /** Called when the socket has room again. */
  onRoom: (() => void) | null = null;
  #full = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  screen(offset: number, bytes: Uint8Array, size: ScreenSize): void {
    this.say({ type: "screen", offset, ...size });
    this.#binary(SCREEN_OFFSET, bytes);
  }

  output(offset: number, bytes: Uint8Array): boolean {
    if (this.#socket.bufferedAmount > WAITING_BYTES_MAX) {
      this.#full = true;
      return false;
    }
    this.#binary(BigInt(offset), bytes);
    return true;
  }

  missed(from: number, to: number): void {
    this.say({ type: "missed", from, to });
  }

  people(writer: Viewer | null, viewers: readonly Viewer[]): void {
    const writes = writer === null ? null : viewerView(writer);
    this.say({ type: "people", writer: writes, viewers: viewers.map(viewerView) });
  }

  asked(by: Viewer): void {
    this.say({ type: "asked", by: viewerView(by) });
  }

  status(state: ConsoleLineState): void {
    const { line, reason } = state;
    this.say({ type: "status", line, reason, settings: settingsView(state) });
  }

  ended(reason: string): void {
    // 1001: going away (RFC 6455, 7.4.1).
    this.#socket.close(1001, reason.slice(0, 100));
  }

  /** Whoever takes not even these is let go of: they cannot be left out. */
  say(message: object): void {
    if (this.#socket.bufferedAmount > SAID_BYTES_MAX) this.#socket.terminate();
    else this.#socket.send(JSON.stringify(message), () => this.#sent());
  }

  #binary(offset: bigint, bytes: Uint8Array): void {
    const message = Buffer.allocUnsafe(OFFSET_BYTES + bytes.length);
    message.writeBigUInt64BE(offset);
    message.set(bytes, OFFSET_BYTES);
    // Called with an error when the socket closes meanwhile: its "close" says so too.
    this.#socket.send(message, () => this.#sent());
  }

  #sent(): void {
    if (!this.#full || this.#socket.bufferedAmount > WAITING_BYTES_MAX / 2) return;
    this.#full = false;
    this.onRoom?.();
  }
}
