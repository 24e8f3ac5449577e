// The keys that speak to the console program and not to the caddy, as in ssh: `~` at the begin of a
// line, then a letter. Pure; keys may come one by one or in one piece.

export const ESCAPE_HELP: readonly (readonly [key: string, meaning: string])[] = [
  [".", "leave"],
  ["B", "send a break (SysRq: then a key)"],
  ["t", "take over writing"],
  ["r", "release writing"],
  ["a", "ask the writer"],
  ["?", "this help"],
  ["~", "send ~ itself"],
];

export type EscapeCommand = "leave" | "break" | "take" | "release" | "ask" | "help";
export type Typed = { send: Uint8Array } | { command: EscapeCommand };

const COMMANDS: Record<string, EscapeCommand> = {
  ".": "leave",
  B: "break",
  t: "take",
  r: "release",
  a: "ask",
  "?": "help",
};
const TILDE = 0x7e;
const isLineEnd = (byte: number): boolean => byte === 0x0d || byte === 0x0a;

export class EscapeKeys {
  #state: "begin" | "tilde" | "line" = "begin";

  /** What to send and what to do, in this order. */
  take(bytes: Uint8Array): Typed[] {
    const found: Typed[] = [];
    let send: number[] = [];
    const flush = (): void => {
      if (send.length > 0) found.push({ send: Uint8Array.from(send) });
      send = [];
    };
    for (const byte of bytes) {
      if (this.#state === "tilde") {
        const command = COMMANDS[String.fromCharCode(byte)];
        this.#state = isLineEnd(byte) || command !== undefined ? "begin" : "line";
        if (command !== undefined) {
          flush();
          found.push({ command });
          continue;
        }
        // Not for us: both keys go to the caddy, but `~~` as one.
        if (byte !== TILDE) send.push(TILDE);
        send.push(byte);
      } else if (this.#state === "begin" && byte === TILDE) this.#state = "tilde";
      else {
        send.push(byte);
        this.#state = isLineEnd(byte) ? "begin" : "line";
      }
    }
    flush();
    return found;
  }
}
