// The words a scenario is made of: kinds of arguments, and what a verb is. A kind reads one word
// and complains about it so that the writer knows what to write instead.

import { nearest } from "../../hostd/model/names.ts";

/** What the rack of the scenario has names for. */
export interface Names {
  caddies: readonly string[];
  backplanes: readonly string[];
  /** `bp1/2` */
  addresses: readonly string[];
}

export type Value = string | number;

export interface Kind {
  /** For the reference: what may stand here. */
  readonly says: string;
  /** Throws an Error that says what is allowed. */
  parse(word: string, names: Names): Value;
}

export interface Param {
  name: string;
  kind: Kind;
  optional?: boolean;
  /** Takes all words to the end of the line. */
  rest?: boolean;
}

/** The arguments of one line by name. */
export class Values {
  readonly #values: ReadonlyMap<string, readonly Value[]>;

  constructor(values: ReadonlyMap<string, readonly Value[]>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  list(name: string): readonly Value[] {
    return this.#values.get(name) ?? [];
  }

  text(name: string): string {
    return String(this.list(name)[0]);
  }

  number(name: string): number {
    return Number(this.list(name)[0]);
  }
}

export interface Verb<Context> {
  /** One word or two: `pull`, `wait state`. */
  name: string;
  params: readonly Param[];
  help: string;
  run(context: Context, values: Values): void | Promise<void>;
}

function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near.length > 0) return `did you mean ${near.join(" or ")}?`;
  const shown = known.slice(0, 12).join(", ");
  return `there are ${shown}${known.length > 12 ? ` and ${known.length - 12} more` : ""}`;
}

export const CADDY: Kind = {
  says: "a caddy's name, or its slot's such as `bp1-2` when it has none",
  parse(word, { caddies }) {
    if (caddies.includes(word)) return word;
    throw new Error(`no caddy "${word}": ${hint(word, caddies)}`);
  },
};

export const BACKPLANE: Kind = {
  says: "a backplane such as `bp1`",
  parse(word, { backplanes }) {
    if (backplanes.includes(word)) return word;
    throw new Error(`no backplane "${word}": ${hint(word, backplanes)}`);
  },
};

export const BACKPLANE_OR_ALL: Kind = {
  says: "a backplane, or `all`",
  parse: (word, names) => (word === "all" ? word : BACKPLANE.parse(word, names)),
};

export const SLOT: Kind = {
  says: "a slot such as `bp1/2`",
  parse(word, { addresses }) {
    if (addresses.includes(word)) return word;
    throw new Error(`no slot "${word}": ${hint(word, addresses)}`);
  },
};

/** Words as they stand in a line: one in double quotes is a JSON string, so it may be anything. */
export function splitWords(line: string): string[] {
  // A `#` inside a word is no comment, so that payloads may have one.
  const found = line.matchAll(/(?<=^|\s)(?:#.*|"(?:[^"\\]|\\.)*"(?=\s|$)|\S+)/g);
  return [...found].map(([word]) => word).filter((word) => !word.startsWith("#"));
}

/** What a word says: the text in its quotes, or itself when they hold no JSON string. */
export function unquoted(word: string): string {
  if (!word.startsWith('"')) return word;
  try {
    return String(JSON.parse(word));
  } catch {
    return word;
  }
}

/** The word for a text: as it is where it can be, else in quotes. */
export function quoted(text: string): string {
  return /^[^\s"#][^\s"]*$/.test(text) ? text : JSON.stringify(text);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** A week. */
export const DURATION_MAX_MS = 7 * 24 * 3_600_000;

export const DURATION: Kind = {
  says: "a duration: `10ms`, `2.5s`, `5m`, `1h`, at most a week",
  parse(word) {
    const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(word);
    const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0) : -1;
    if (Number.isInteger(ms) && ms >= 0 && ms <= DURATION_MAX_MS) return ms;
    throw new Error(`"${word}" is no duration: write 10ms, 2.5s, 5m or 1h, at most a week`);
  },
};

/** Seconds of the world's time, as transcripts show them; longer than any run. */
export const INSTANT: Kind = {
  says: "seconds since the beginning: `1314.006s`",
  parse(word) {
    const seconds = /^(\d{1,9}(?:\.\d{1,3})?)s$/.exec(word)?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
    throw new Error(`"${word}" is no moment: write seconds since the beginning, 1314.006s`);
  },
};

export function whole(low: number, high: number): Kind {
  return {
    says: `a number from ${low} to ${high}`,
    parse(word) {
      const value = Number(word);
      if (/^-?\d{1,10}$/.test(word) && value >= low && value <= high) return value;
      throw new Error(`"${word}" must be a whole number from ${low} to ${high}`);
    },
  };
}

export function oneOf(words: readonly string[]): Kind {
  return {
    says: words.map((word) => `\`${word}\``).join(", "),
    parse(word) {
      if (words.includes(word)) return word;
      throw new Error(`"${word}" is not one of ${words.join(", ")}`);
    },
  };
}

/** `key=value`; the key is one of a list, or any when the list is empty. */
export function pair(keys: readonly string[]): Kind {
  const known = keys.length > 0 ? `: ${keys.join(", ")}` : "";
  return {
    says: `\`key=value\`${known}`,
    parse(word) {
      const key = /^([^=]+)=.+$/.exec(word)?.[1];
      if (key === undefined) throw new Error(`"${word}" is not key=value${known}`);
      if (keys.length === 0 || keys.includes(key)) return word;
      throw new Error(`no key "${key}": ${hint(key, keys)}`);
    },
  };
}

/** Anything; what it means is checked when the line runs. */
export function any(says: string): Kind {
  return { says, parse: (word) => word };
}

/** `key=value` words as a record. */
export function pairs(words: readonly Value[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const text = String(word);
      const at = text.indexOf("=");
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
