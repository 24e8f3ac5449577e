// Sends to a console and waits for what is printed after it: what a person at the keyboard would
// do, for programs.

import { CaddyError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { type Expectation, Expecter } from "./core/expect.ts";
import type { CaddyConsole } from "./service.ts";
import type { Attached, Viewer, ViewerDoor, WriteRefusal } from "./types.ts";

export const TIMEOUT_DEFAULT_MS = 10_000;
const KEY_AFTER_MS = 50;

export interface SendOptions {
  bytes: Uint8Array;
  expect: Expectation | null;
  timeoutMs: number;
  /** Takes the pen from whoever has it. */
  take: boolean;
}

export interface SendOutcome {
  /** What matched; null when nothing was waited for. */
  matched: string | null;
  /** What was printed since, without escape sequences. */
  text: string;
  /** Behind the last byte of it. */
  offset: number;
}

/** It only writes: nothing of the output goes through it. */
const DEAF_DOOR: ViewerDoor = {
  screen: () => undefined,
  output: () => true,
  missed: () => undefined,
  people: () => undefined,
  asked: () => undefined,
  status: () => undefined,
  ended: () => undefined,
};

const ERRORS: Record<
  WriteRefusal,
  [code: "CADDY_CONSOLE_BUSY" | "CADDY_FORBIDDEN" | "CADDY_CONSOLE_CLOSED", text: string]
> = {
  "not-writer": ["CADDY_CONSOLE_BUSY", "another writes on it"],
  taken: ["CADDY_CONSOLE_BUSY", "another writes on it"],
  "read-only": ["CADDY_FORBIDDEN", "a viewer may not write"],
  "line-closed": ["CADDY_CONSOLE_CLOSED", "its serial port is not there"],
  "too-fast": ["CADDY_CONSOLE_CLOSED", "its serial port takes nothing"],
};

/** Throws what `refusal` says, as an error of the API; nothing for null. */
function throwRefusal(name: string, refusal: WriteRefusal | null): void {
  if (refusal === null) return;
  const [code, text] = ERRORS[refusal];
  throw new CaddyError(code, `console of ${name}: ${text}`);
}

/**
 * Throws CADDY_CONSOLE_BUSY, _CLOSED, _FULL, CADDY_FORBIDDEN without having sent anything, and
 * CADDY_CONSOLE_TIMEOUT when `expect` was not printed in time.
 */
export async function sendAndExpect(
  one: CaddyConsole,
  viewer: Viewer,
  clock: Clock,
  options: SendOptions,
): Promise<SendOutcome> {
  const { name } = one.caddy;
  const { bytes, expect, timeoutMs, take } = options;
  const attached = join(one, viewer);
  const wait = expect === null ? null : waitFor(one, clock, expect, timeoutMs);
  try {
    if (take) throwRefusal(name, attached.take(true));
    if (bytes.length > 0) throwRefusal(name, attached.write(bytes));
    if (wait === null) return { matched: null, text: "", offset: one.history.end };
    return await wait.outcome;
  } finally {
    wait?.cancel();
    attached.detach();
  }
}

/**
 * Sends a break and, with a `key`, Magic SysRq. The pen rules hold for them as for a byte; it is
 * kept from the break to the key, so that neither goes alone. Throws as `sendAndExpect` does.
 */
export async function sendBreak(
  one: CaddyConsole,
  viewer: Viewer,
  clock: Clock,
  { ms, key }: { ms: number; key: string | null },
): Promise<void> {
  const { name } = one.caddy;
  const attached = join(one, viewer);
  try {
    throwRefusal(name, attached.breakLine(ms));
    if (key === null) return;
    // Linux takes a key within five seconds of a break (Documentation/admin-guide/sysrq.rst).
    await new Promise<void>((resolve) => clock.after(ms + KEY_AFTER_MS, resolve));
    throwRefusal(name, attached.write(Buffer.from(key)));
  } finally {
    attached.detach();
  }
}

/** Joins, so that the others see who it is. */
function join(one: CaddyConsole, viewer: Viewer): Attached {
  const attached = one.console.attach(viewer, DEAF_DOOR, one.history.end);
  if (attached !== null) return attached;
  throw new CaddyError("CADDY_CONSOLE_FULL", `console of ${one.caddy.name}`);
}

/** Listens from now on. */
function waitFor(one: CaddyConsole, clock: Clock, wanted: Expectation, timeoutMs: number) {
  const expecter = new Expecter(wanted);
  let cancel = (): void => undefined;
  const outcome = new Promise<SendOutcome>((resolve, reject) => {
    const listen = (bytes: Uint8Array, offset: number): void => {
      const matched = expecter.take(bytes);
      if (matched === null) return;
      resolve({ matched, text: expecter.seen, offset: offset + bytes.length });
    };
    const cancelTimer = clock.after(timeoutMs, () => {
      const detail = `${one.caddy.name} did not print it within ${timeoutMs} ms`;
      const extra = { text: expecter.seen };
      reject(new CaddyError("CADDY_CONSOLE_TIMEOUT", detail, extra));
    });
    one.listeners.add(listen);
    cancel = () => {
      one.listeners.delete(listen);
      cancelTimer();
    };
  });
  return { outcome, cancel: () => cancel() };
}
