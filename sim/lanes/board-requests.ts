// What a simulated Wemos answers to a framed board's requests for its hardware and its network.

import type { NorFlash } from "../parts/nor-flash.ts";
import type { Board } from "../runtime/board.ts";
import type { ByteStream } from "./byte-stream.ts";
import { words } from "./frame-writer.ts";
import { REQUEST } from "./frames.gen.ts";

/** Takes a request's payload and answers the parts of the reply, null where there is none. */
export type Handler = (payload: Uint8Array, view: DataView) => readonly Uint8Array[] | null;

/** As hal.h. */
const SPACE_FLASH = 0;
const DONE = words(0);
const FAILED = words(-1);

export function hardwareHandlers(board: Board, flash: NorFlash): Record<number, Handler> {
  const read = (isFlash: boolean, offset: number, length: number) => {
    if (offset + length > (isFlash ? flash.size : board.rtc.length)) return null;
    return isFlash ? flash.read(offset, length) : board.rtc.slice(offset, offset + length);
  };
  return {
    [REQUEST.SHIFT]: (payload) => {
      const out = payload.subarray(5);
      const back = new Uint8Array(out.length);
      board.step("shift");
      board.shift(out, back, out.length, payload[4] as number);
      return [back];
    },
    [REQUEST.READ]: (payload, view) => {
      const length = view.getUint16(9, true);
      const bytes = read(payload[4] === SPACE_FLASH, view.getUint32(5, true), length);
      return bytes === null ? [FAILED, new Uint8Array(length)] : [DONE, bytes];
    },
    [REQUEST.WRITE]: (payload, view) => {
      const [offset, bytes] = [view.getUint32(5, true), payload.slice(9)];
      if (payload[4] !== SPACE_FLASH || offset + bytes.length > flash.size) return [FAILED];
      board.step("keep");
      const done = !board.flash.failing && flash.write(offset, bytes);
      board.step("kept");
      return [done ? DONE : FAILED];
    },
    [REQUEST.WRITE_RTC]: (payload, view) => {
      const [offset, bytes] = [view.getUint32(4, true), payload.subarray(8)];
      if (offset + bytes.length > board.rtc.length)
        throw new Error("a write behind the RTC memory");
      board.step("keep");
      board.rtc.set(bytes, offset);
      board.step("kept");
      return null;
    },
    [REQUEST.ERASE]: (_, view) => {
      const offset = view.getUint32(4, true);
      return [!board.flash.failing && flash.erase(offset) ? DONE : FAILED];
    },
  };
}

export function networkHandlers(stream: ByteStream): Record<number, Handler> {
  return {
    [REQUEST.NET_OPEN]: (payload, view) => {
      const host = new TextDecoder().decode(payload.subarray(6));
      return [stream.open(host, view.getUint16(4, true)) ? DONE : FAILED];
    },
    [REQUEST.NET_READ]: (_, view) => {
      const bytes = stream.read(view.getUint16(4, true));
      return bytes === null ? [FAILED] : [words(bytes.length), bytes];
    },
    [REQUEST.NET_WRITE]: (payload) => [words(stream.write(payload.slice(4)))],
    [REQUEST.NET_CLOSE]: () => {
      stream.close();
      return null;
    },
  };
}
