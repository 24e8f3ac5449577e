// What comes through a console's WebSocket (docs/SPEC.md 5.3), read with suspicion.

import { DecodeError } from "./decode.ts";

export interface Person {
  readonly id: string;
  readonly user: string;
  readonly role: string;
  readonly via: string;
}

export interface LineStatus {
  readonly line: string;
  readonly reason: string | null;
  readonly settings: { readonly baud: number; readonly line: string };
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export type ConsoleMessage =
  | {
      readonly type: "hello";
      readonly viewer: Person;
      readonly first: number;
      readonly end: number;
    }
  | { readonly type: "people"; readonly writer: Person | null; readonly viewers: readonly Person[] }
  | { readonly type: "asked"; readonly by: Person }
  | { readonly type: "missed"; readonly from: number; readonly to: number }
  | ({ readonly type: "status" } & LineStatus)
  | ({ readonly type: "screen"; readonly offset: number } & ScreenSize)
  | { readonly type: "refused"; readonly what: string | null; readonly reason: string };

/** `offset` null: a redrawn screen. */
export interface ConsoleFrame {
  readonly offset: number | null;
  readonly bytes: Uint8Array;
}

const OFFSET_BYTES = 8;
const SCREEN_OFFSET = 2n ** 64n - 1n;

export function parseFrame(frame: Uint8Array): ConsoleFrame {
  if (frame.length < OFFSET_BYTES) {
    throw new DecodeError(`a frame has ${frame.length} bytes, at least ${OFFSET_BYTES} were due`);
  }
  const view = new DataView(frame.buffer, frame.byteOffset, OFFSET_BYTES);
  const offset = view.getBigUint64(0);
  const bytes = frame.subarray(OFFSET_BYTES);
  if (offset === SCREEN_OFFSET) return { offset: null, bytes };
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new DecodeError(`offset ${offset} is none`);
  return { offset: Number(offset), bytes };
}

type Fields = Record<string, unknown>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null) throw new DecodeError(`${what} is no object`);
  return value as Fields;
}

function text(of: Fields, key: string): string {
  const value = of[key];
  if (typeof value !== "string") throw new DecodeError(`${key} is not a text`);
  return value;
}

function whole(of: Fields, key: string): number {
  const value = of[key];
  if (!Number.isSafeInteger(value)) throw new DecodeError(`${key} is not a whole number`);
  return value as number;
}

export function decodePerson(value: unknown): Person {
  const of = fields(value, "a viewer");
  return {
    id: text(of, "id"),
    user: text(of, "user"),
    role: text(of, "role"),
    via: text(of, "via"),
  };
}

export function decodeLine(value: unknown): LineStatus {
  const of = fields(value, "a status");
  const settings = fields(of.settings, "settings");
  return {
    line: text(of, "line"),
    reason: typeof of.reason === "string" ? of.reason : null,
    settings: { baud: whole(settings, "baud"), line: text(settings, "line") },
  };
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new DecodeError("viewers is not a list");
  return value;
}

/** Null for a message of a type that this page does not know: hostd is newer. */
export function parseMessage(json: string): ConsoleMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new DecodeError("a message is not JSON");
  }
  const of = fields(value, "a message");
  switch (of.type) {
    case "hello": {
      const viewer = decodePerson(of.viewer);
      return { type: "hello", viewer, first: whole(of, "first"), end: whole(of, "end") };
    }
    case "people": {
      const writer = of.writer === null ? null : decodePerson(of.writer);
      return { type: "people", writer, viewers: list(of.viewers).map(decodePerson) };
    }
    case "asked":
      return { type: "asked", by: decodePerson(of.by) };
    case "missed":
      return { type: "missed", from: whole(of, "from"), to: whole(of, "to") };
    case "status":
      return { type: "status", ...decodeLine(of) };
    case "screen": {
      const [columns, rows] = [whole(of, "columns"), whole(of, "rows")];
      return { type: "screen", offset: whole(of, "offset"), columns, rows };
    }
    case "refused": {
      const what = typeof of.what === "string" ? of.what : null;
      return { type: "refused", what, reason: text(of, "reason") };
    }
    default:
      return null;
  }
}
