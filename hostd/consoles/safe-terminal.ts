// What a caddy prints, for the terminal of a person: colours and cursor as they are, but nothing
// that reaches beyond the screen. Titles, clipboards and the like are strings (OSC, DCS, SOS, PM,
// APC: ECMA-48, 8.3); CSI ... t moves windows and has the title typed back (xterm's ctlseqs). Pure;
// a sequence may be split between two pieces.

const ESC = 0x1b;
const BEL = 0x07;
/** First byte of the characters U+0080 to U+00BF: the first half of them are C1 controls. */
const C1_LEAD = 0xc2;
const STRINGS = new Set([..."]PX^_"].map((one) => one.charCodeAt(0)));
/** A string that has no end by then is none. */
const STRING_BYTES_MAX = 4096;
/** No real one is longer. */
const SEQUENCE_BYTES_MAX = 64;

type State = "text" | "escape" | "csi" | "string" | "string-escape" | "c1";

export class SafeTerminal {
  #state: State = "text";
  /** Of a sequence whose end decides whether it is passed on. */
  #held: number[] = [];
  #length = 0;

  pass(bytes: Uint8Array): Buffer {
    const out: number[] = [];
    for (const byte of bytes) this.#take(byte, out);
    return Buffer.from(out);
  }

  #take(byte: number, out: number[]): void {
    if (this.#state === "string" || this.#state === "string-escape") this.#string(byte, out);
    else if (this.#state === "escape") this.#escape(byte, out);
    else if (this.#state === "csi") this.#csi(byte, out);
    else if (this.#state === "c1") {
      this.#state = "text";
      if (byte >= 0xa0 && byte <= 0xbf) out.push(C1_LEAD, byte);
      // Half a character alone is none, and must not meet its other half behind what is left out.
      else if (byte < 0x80 || byte > 0xbf) this.#take(byte, out);
    } else if (byte === ESC) this.#hold("escape", byte);
    else if (byte === C1_LEAD) this.#state = "c1";
    else out.push(byte);
  }

  #escape(byte: number, out: number[]): void {
    if (byte === ESC) return;
    if (!inSequence(byte)) this.#broken(byte, out);
    else if (STRINGS.has(byte)) {
      this.#state = "string";
      this.#length = 0;
      this.#held = [];
    } else if (byte === 0x5b) {
      this.#state = "csi";
      this.#held.push(byte);
    } else this.#release(byte, out);
  }

  #csi(byte: number, out: number[]): void {
    if (byte === ESC) {
      this.#hold("escape", byte);
      return;
    }
    if (!inSequence(byte)) {
      this.#broken(byte, out);
      return;
    }
    const last = byte >= 0x40;
    if (last && byte === 0x74) this.#drop();
    else if (last) this.#release(byte, out);
    // Left out as a whole: its rest is text.
    else if (this.#held.push(byte) > SEQUENCE_BYTES_MAX) this.#drop();
  }

  #string(byte: number, out: number[]): void {
    if (++this.#length > STRING_BYTES_MAX || byte === BEL) this.#drop();
    else if (this.#state === "string") {
      if (byte === ESC) this.#state = "string-escape";
    } else if (byte === 0x5c) this.#drop();
    else {
      // An ESC ends a string; what follows it is a sequence of its own.
      this.#hold("escape", ESC);
      this.#escape(byte, out);
    }
  }

  /** What was begun is no sequence; this byte is text. */
  #broken(byte: number, out: number[]): void {
    this.#drop();
    this.#take(byte, out);
  }

  #hold(state: State, byte: number): void {
    this.#state = state;
    this.#held = [byte];
  }

  #release(byte: number, out: number[]): void {
    out.push(...this.#held, byte);
    this.#drop();
  }

  #drop(): void {
    this.#state = "text";
    this.#held = [];
  }
}

const inSequence = (byte: number): boolean => byte >= 0x20 && byte <= 0x7e;
