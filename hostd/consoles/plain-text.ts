// What a caddy prints is not to be trusted: terminal escape sequences can set a title, fill a
// clipboard, answer back as if typed, or hide text. Whoever reads a history as text gets it without
// them. Pure; a sequence may be split between two pieces.

const ESC = 0x1b;
const BEL = 0x07;
/** A sequence that has no end by then is none: what follows is text again. */
const SEQUENCE_BYTES_MAX = 4096;

type State = "text" | "escape" | "csi" | "string" | "string-escape" | "one-more";

/** ECMA-48: what follows ESC, and which state it leads to. */
function afterEscape(byte: number): State {
  if (byte === 0x5b) return "csi"; // [
  // OSC, DCS, SOS, PM, APC: a string until BEL or ESC \
  if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) {
    return "string";
  }
  if (byte >= 0x20 && byte <= 0x2f) return "one-more";
  return "text";
}

export class PlainText {
  #state: State = "text";
  #length = 0;

  /** The same bytes without escape sequences and control characters but tab, CR and LF. */
  strip(bytes: Uint8Array): Uint8Array {
    const out = Buffer.allocUnsafe(bytes.length);
    let length = 0;
    for (const byte of bytes) {
      if (this.#state !== "text" && ++this.#length > SEQUENCE_BYTES_MAX) this.#state = "text";
      if (this.#takes(byte)) out[length++] = byte;
    }
    return out.subarray(0, length);
  }

  #takes(byte: number): boolean {
    const state = this.#state;
    if (state === "text") return this.#text(byte);
    if (state === "escape") this.#state = afterEscape(byte);
    else if (state === "csi") {
      if (byte >= 0x40 && byte <= 0x7e) this.#state = "text";
      else if (byte === ESC) this.#state = "escape";
    } else if (state === "one-more") this.#state = byte >= 0x30 ? "text" : state;
    else if (state === "string") {
      if (byte === BEL) this.#state = "text";
      else if (byte === ESC) this.#state = "string-escape";
    } else this.#state = byte === 0x5c ? "text" : afterEscape(byte);
    return false;
  }

  #text(byte: number): boolean {
    if (byte === ESC) {
      this.#state = "escape";
      this.#length = 0;
      return false;
    }
    if (byte < 0x20) return byte === 0x09 || byte === 0x0a || byte === 0x0d;
    return byte !== 0x7f;
  }
}

/**
 * Control characters of the C1 set, which some terminals obey as well, and those that turn the
 * direction of text round.
 */
const UNSAFE = /[\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * One line without its end, decoded as UTF-8, for a terminal or a page. A carriage return within it
 * is shown, for it would let the caddy write over what stands before, the time for instance.
 */
export function safeLine(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(new PlainText().strip(bytes))
    .replace(UNSAFE, "")
    .replace(/[\r\n]+$/, "")
    .replace(/\r/g, "\u240d")
    .replace(/\n/g, "\u240a");
}
