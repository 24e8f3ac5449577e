// Turns the words into static bytes of the module: AssemblyScript's own strings would cost two
// bytes a character and a header each, and every segment of its own half a dozen bytes.
import * as registers from "../../hardware/registers.ts";
import * as words from "./words.ts";

const constantName = (text: string): string => text.toUpperCase().replaceAll("-", "_");
const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));

/**
 * All words in one list, so that one number names a word wherever it is used. Lists that are
 * searched or counted in keep their order; a word that is in several is stored once if possible.
 */
const ordered: string[] = [
  // A carrier's number is its TYPE; 0 is null.
  ...words.CARRIER_TYPES,
  "last",
  ...words.VERBS.slice(1),
  "false",
  "true",
  ...words.RESULTS,
];
const rest = [...words.PHASES.map((p) => p.power), ...words.FAULTS, ...words.REASONS];
const allWords = [...ordered, ...new Set(rest.filter((word) => !ordered.includes(word)))];
const wordNumber = (word: string): number => {
  const place = allWords.indexOf(word);
  if (place < 0) throw new Error(`words: "${word}" is not in the list`);
  return place;
};

/** One piece of static memory with named places in it. */
class Blob {
  readonly bytes: number[] = [];
  readonly lines: string[] = [];

  add(name: string, bytes: number[], shown: string): void {
    this.lines.push(`// ${shown}`, `export const ${name}: usize = WORDS + ${this.bytes.length};`);
    this.bytes.push(...bytes);
  }
}

const zeroEnded = (list: readonly string[]): number[] => list.flatMap((w) => [...ascii(w), 0]);

const SLASH = 47;
const KINDS = ["number", "word", "bit", "text"];

/** Each key is followed by one byte: bit 7, the kind of its value in bits 5 and 6, its place. */
function object(rows: readonly (readonly [string, string, number])[]): number[] {
  const bytes = rows.flatMap(([key, kind, place]) => {
    if (place > 31) throw new Error(`words: ${key} lies too far in its record`);
    return [...ascii(key), 128 + (KINDS.indexOf(kind) << 5) + place];
  });
  return [...bytes, 0];
}

/** The logic counts policies from the other end: so their words are also the first verbs. */
const policies = words.POLICIES.toReversed();
const isPolicy = ({ key }: words.ConfigKey): boolean => key === "restore" || key === "insert";

/** Most (32 bits) and default (16 bits) of each key. */
function limits(keys: readonly words.ConfigKey[]): number[] {
  const rows = new Uint8Array(keys.length * 6);
  const view = new DataView(rows.buffer);
  keys.forEach((key, place) => {
    view.setUint32(place * 6, key.max, true);
    view.setUint16(place * 6 + 4, isPolicy(key) ? key.max - key.default : key.default, true);
    if (key.default > 65_535) throw new Error(`words: the default of ${key.key} is too large`);
  });
  return [...rows];
}

/** By verb and phase. */
function actions(): number[] {
  const names: readonly string[] = words.ACTIONS;
  return Object.values(words.POWER_ACTIONS).flatMap((row) =>
    row.map((entry) => {
      const place = names.indexOf(entry);
      return place >= 0 ? place : wordNumber(entry);
    }),
  );
}

function outputs(names: readonly string[]): number {
  const bits = registers as Record<string, unknown>;
  return names.reduce((sum, name) => sum + Number(bits[`OUT_${name}`]), 0);
}

function filled(): Blob {
  const blob = new Blob();
  const keys = [...words.BACKPLANE_KEYS, ...words.SLOT_KEYS];
  blob.add("LIMITS", limits(keys), "most and default of each key");
  const verbs = wordNumber("on");
  blob.add("LIST", zeroEnded(allWords.slice(0, verbs - 1)), "word 0 and on: carriers");
  blob.add("POLICY_WORDS", zeroEnded(["last"]), policies.join(" "));
  blob.add("VERB_WORDS", zeroEnded(allWords.slice(verbs)), allWords.slice(verbs).join(" "));
  blob.add("NULL", zeroEnded(["null"]), "null");
  blob.add("KEY_WORDS", zeroEnded(keys.map((k) => k.key)), keys.map((k) => k.key).join(" "));
  // The first slash behind the inbox must be behind a plus, and not that of a filter: there ends
  // the search in a topic that is longer than the inbox (index.ts), which writes that plus.
  if (blob.bytes.includes(SLASH)) throw new Error("words: there is a slash too early");
  blob.add("PLUS", ascii("+"), "+");
  blob.add("TOPIC_ACK", zeroEnded([words.TOPICS.ACK]), words.TOPICS.ACK);
  blob.add("TOPIC_STATE", zeroEnded([words.TOPICS.STATE]), words.TOPICS.STATE);
  blob.add("FILTERS", zeroEnded(words.FILTERS), words.FILTERS.join(" "));
  for (const [name, rows] of Object.entries(words.OBJECTS)) {
    blob.add(`OBJECT_${name}`, object(rows), rows.map(([key]) => key).join(" "));
  }
  blob.add("POWER_ACTIONS", actions(), "by verb and phase");
  const shown = words.PHASES.map((p) => wordNumber(p.power));
  blob.add("PHASE_WORDS", shown, "what each phase is called");
  const bits = words.PHASES.map((p) => outputs(p.outputs));
  blob.add("PHASE_OUTPUTS", bits, "the outputs of each phase");
  return blob;
}

function places(prefix: string, list: readonly string[]): string[] {
  return list.map((word, place) => `export const ${prefix}_${constantName(word)} = ${place};`);
}

function numbers(prefix: string, list: readonly string[]): string[] {
  return list
    .filter((word) => word !== "")
    .map((word) => `export const ${prefix}_${constantName(word)} = ${wordNumber(word)};`);
}

export function renderWords(head: string): string {
  const blob = filled();
  const keys = [...words.BACKPLANE_KEYS, ...words.SLOT_KEYS].map((k) => k.key);
  return [
    `// ${head}`,
    "// Words end in a zero byte; a list is its words one behind the other.\n",
    `export const WORDS: usize = memory.data<u8>([${blob.bytes.join(", ")}], 4);\n`,
    ...blob.lines,
    "",
    "// Numbers of words.",
    ...numbers("RESULT", words.RESULTS),
    ...numbers("REASON", words.REASONS),
    ...numbers("VERB", words.VERBS),
    ...numbers("FAULT", words.FAULTS),
    ...numbers("WORD", ["false"]),
    "",
    ...places("ACTION", words.ACTIONS),
    ...places(
      "PHASE",
      words.PHASES.map((p) => p.phase),
    ),
    `export const PHASE_COUNT = ${words.PHASES.length};`,
    ...places("POLICY", policies),
    "// Numbers of configuration keys: those of the backplane, then those of a slot.",
    ...places("KEY", keys),
    `export const KEY_COUNT = ${keys.length};`,
    `export const BACKPLANE_KEY_COUNT = ${words.BACKPLANE_KEYS.length};`,
    "",
  ].join("\n");
}
