// Turns the words into static bytes of the module: AssemblyScript's own strings would cost two
// bytes a character and a header each, and every segment of its own half a dozen bytes.
import * as words from "./words.ts";

const constantName = (text: string): string => text.toUpperCase().replaceAll("-", "_");

const LISTS: Record<string, readonly string[]> = {
  RESULT: words.RESULTS,
  REASON: words.REASONS,
  VERB: words.VERBS,
  POWER: words.PHASES.map((p) => p.power),
  FAULT: words.FAULTS,
  CARRIER: words.CARRIER_TYPES,
  POLICY: words.POLICIES,
  SET: words.SET_TOPICS,
  KEY: [...words.BACKPLANE_KEYS, ...words.SLOT_KEYS].map((k) => k.key),
  BOOLEAN: ["false", "true", "null"],
};

/** One piece of static memory with named places in it. */
class Blob {
  readonly bytes: number[] = [];
  readonly places = new Map<string, number>();
  readonly comments: string[] = [];

  add(name: string, bytes: number[], shown: string): void {
    this.places.set(name, this.bytes.length);
    this.comments.push(`// ${name}: ${shown}`);
    this.bytes.push(...bytes);
  }

  place(name: string): number {
    const place = this.places.get(name);
    if (place === undefined) throw new Error(`words: there is no list ${name}`);
    return place;
  }
}

const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));

/** A word list's place in the blob as two bytes behind the `<` that announces it. */
function template(text: string, blob: Blob): number[] {
  const out: number[] = [];
  for (const part of text.split(/(%<[A-Z]+>)/)) {
    const list = /^%<([A-Z]+)>$/.exec(part)?.[1];
    if (list === undefined) out.push(...ascii(part));
    else {
      const place = blob.place(`${list}_WORDS`);
      out.push(...ascii("%<"), place & 255, place >> 8);
    }
  }
  return [...out, 0];
}

/** Most (32 bits) and default (16 bits) of each key. */
function limits(keys: readonly words.ConfigKey[]): number[] {
  const rows = new Uint8Array(keys.length * 6);
  const view = new DataView(rows.buffer);
  keys.forEach((key, place) => {
    view.setUint32(place * 6, key.max, true);
    view.setUint16(place * 6 + 4, key.default, true);
    if (key.default > 65_535) throw new Error(`words: the default of ${key.key} is too large`);
  });
  return [...rows];
}

/** By verb and phase, rows of 8. */
function actions(): number[] {
  const reasons: readonly string[] = words.REASONS;
  const names: readonly string[] = words.ACTIONS;
  return Object.values(words.POWER_ACTIONS).flatMap((row) =>
    [...row, "empty"].map((entry) => {
      const place = names.indexOf(entry);
      const code = place >= 0 ? reasons.length + place : reasons.indexOf(entry);
      if (code < 1) throw new Error(`words: "${entry}" is neither an action nor a reason`);
      return code;
    }),
  );
}

function fill(blob: Blob): void {
  const keys = [...words.BACKPLANE_KEYS, ...words.SLOT_KEYS];
  // First, because it must be aligned.
  blob.add("LIMITS", limits(keys), "most and default of each key");
  for (const [name, list] of Object.entries(LISTS)) {
    const bytes = list.flatMap((word) => [...ascii(word), 0]);
    blob.add(`${name}_WORDS`, bytes, list.map((word) => word || "(none)").join(" "));
  }
  blob.add(
    "FILTERS",
    words.FILTERS.flatMap((f) => template(f, blob)),
    words.FILTERS.join(" "),
  );
  for (const [name, text] of Object.entries(words.TEMPLATES)) {
    blob.add(`TEXT_${name}`, template(text, blob), text);
  }
  blob.add("POWER_ACTIONS", actions(), "by verb and phase");
}

function numbers(prefix: string, list: readonly string[], from = 0): string[] {
  return list.flatMap((word, place) =>
    word === "" ? [] : [`export const ${prefix}_${constantName(word)} = ${from + place};`],
  );
}

export function renderWords(head: string): string {
  const blob = new Blob();
  fill(blob);
  return [
    `// ${head}`,
    "// Words end in a zero byte; a list is its words one behind the other.\n",
    `export const WORDS: usize = memory.data<u8>([${blob.bytes.join(", ")}], 8);\n`,
    ...blob.comments.map((comment, place) => {
      const name = [...blob.places.keys()][place] ?? "";
      return `${comment}\nexport const ${name}: usize = WORDS + ${blob.place(name)};`;
    }),
    "",
    ...numbers("RESULT", words.RESULTS),
    ...numbers("REASON", words.REASONS),
    ...numbers("ACTION", words.ACTIONS, words.REASONS.length),
    ...numbers("VERB", words.VERBS),
    ...numbers(
      "PHASE",
      words.PHASES.map((p) => p.phase),
    ),
    ...numbers("FAULT", words.FAULTS),
    ...numbers("POLICY", words.POLICIES),
    "// Numbers of configuration keys: those of the backplane, then those of a slot.",
    ...numbers("KEY", LISTS.KEY ?? []),
    `export const KEY_COUNT = ${LISTS.KEY?.length};`,
    `export const BACKPLANE_KEY_COUNT = ${words.BACKPLANE_KEYS.length};`,
    "",
  ].join("\n");
}
