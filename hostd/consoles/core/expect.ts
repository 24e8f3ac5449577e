// Waits for a text, or a regular expression between slashes, in what a console prints. Pure.

import { PlainText } from "../plain-text.ts";

/** What was printed before is forgotten beyond this, so an expectation cannot span more. */
export const WINDOW_CHARACTERS = 64 * 1024;
export const EXPECT_CHARACTERS_MAX = 1024;

export type Expectation = { text: string } | { pattern: RegExp };

/** Throws with what is wrong about it, for people. */
export function parseExpectation(given: string): Expectation {
  if (given === "") throw new Error("expect is empty: say a text, or /a regular expression/");
  if (given.length > EXPECT_CHARACTERS_MAX) {
    throw new Error(`expect is longer than ${EXPECT_CHARACTERS_MAX} characters`);
  }
  const match = /^\/(.+)\/(i?)$/s.exec(given);
  if (match === null) return { text: given };
  try {
    return { pattern: new RegExp(match[1] as string, `m${match[2]}`) };
  } catch (error) {
    throw new Error(`expect is no regular expression: ${(error as Error).message}`);
  }
}

export class Expecter {
  readonly #wanted: Expectation;
  readonly #plain = new PlainText();
  readonly #decoder = new TextDecoder();
  #seen = "";

  constructor(wanted: Expectation) {
    this.#wanted = wanted;
  }

  /** Everything printed so far, as far as it is remembered, without escape sequences. */
  get seen(): string {
    return this.#seen;
  }

  /** What matched, once it did. */
  take(bytes: Uint8Array): string | null {
    this.#seen += this.#decoder.decode(this.#plain.strip(bytes), { stream: true });
    if (this.#seen.length > WINDOW_CHARACTERS) this.#seen = this.#seen.slice(-WINDOW_CHARACTERS);
    const wanted = this.#wanted;
    if ("text" in wanted) return this.#seen.includes(wanted.text) ? wanted.text : null;
    return wanted.pattern.exec(this.#seen)?.[0] ?? null;
  }
}
