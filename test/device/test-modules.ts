// Small modules for the tests, right or wrong in one point, made from text.

const name = "binaryen";
interface Parsed {
  emitBinary(): Uint8Array;
  dispose(): void;
}
const { default: binaryen } = (await import(name)) as {
  default: { parseText(text: string): Parsed };
};

export interface ModuleText {
  /** Everything but exports, memory and globals; default: nothing imported. */
  imports?: string;
  memory?: string;
  data?: string;
  abi?: string;
  inbox?: string;
  inboxSize?: string;
  boot?: string;
  link?: string;
  message?: string;
  inputs?: string;
  tick?: string;
  suspend?: string;
  resume?: string;
  /** Further functions and globals. */
  more?: string;
  /** Exports left out. */
  without?: string;
}

const EXPORTS: [keyof ModuleText, string, string][] = [
  ["abi", "(result i32)", "(i32.const 1)"],
  ["inbox", "(result i32)", "(i32.const 1024)"],
  ["inboxSize", "(result i32)", "(i32.const 1024)"],
  [
    "boot",
    "(param $reason i32) (param $hot i32) (param $durable i32) (param $base i32)" +
      " (param $now i32) (result i32)",
    "(i32.const 3)",
  ],
  ["link", "(param $up i32) (param $now i32)", ""],
  ["message", "(param $topic i32) (param $payload i32) (param $flags i32) (param $now i32)", ""],
  ["inputs", "(param $count i32) (param $now i32)", ""],
  ["tick", "(param $now i32) (result i32)", "(i32.const 1000)"],
  ["suspend", "(result i32)", "(i32.store8 (i32.const 1024) (i32.const 7)) (i32.const 1)"],
  [
    "resume",
    "(param $len i32) (param $now i32) (result i32)",
    "(select (i32.const 0) (i32.const -7)" +
      " (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 7)))",
  ],
];

/** The bytes of a module that is right except for what `text` says. */
export function makeModule(text: ModuleText = {}): Uint8Array {
  const functions = EXPORTS.filter(([key]) => key !== text.without).map(([key, type, body]) => {
    const given = text[key];
    if (given?.startsWith("(func")) return given;
    return `(func (export "${key}") ${type} ${given ?? body})`;
  });
  const memory = text.memory ?? '(memory (export "memory") 1 1)';
  const parts = [text.imports, memory, text.data, text.more, ...functions];
  const module = binaryen.parseText(`(module ${parts.filter(Boolean).join("\n")})`);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

export const IMPORTS = {
  shift: '(import "hal" "shift" (func $shift (param i32 i32 i32 i32)))',
  publish: '(import "hal" "publish" (func $publish (param i32 i32 i32 i32 i32) (result i32)))',
  subscribe: '(import "hal" "subscribe" (func $subscribe (param i32 i32) (result i32)))',
  measure: '(import "hal" "measure" (func $measure (param i32) (result i32)))',
  keep: '(import "hal" "keep" (func $keep (param i32 i32 i32) (result i32)))',
  note: '(import "hal" "note" (func $note (param i32 i32)))',
  log: '(import "hal" "log" (func $log (param i32 i32 i32)))',
};

/** Where RECORDER keeps the texts it logs. */
const WORDS: [string, number][] = [
  ["boot?", 0],
  ["inputs", 8],
  ["tick", 16],
  ["link?", 24],
  ["message", 32],
  ["resume", 40],
  ["suspend", 48],
];
const say = (word: string) => {
  const [text, at] = WORDS.find(([known]) => known.startsWith(word)) as [string, number];
  return `(call $log (i32.const 1) (i32.const ${at}) (i32.const ${text.length}))`;
};
/** Logs a word that ends in a digit. */
const sayDigit = (word: string, digit: string) => {
  const [text, at] = WORDS.find(([known]) => known.startsWith(word)) as [string, number];
  const place = at + text.length - 1;
  return `(i32.store8 (i32.const ${place}) (i32.add (i32.const 48) ${digit})) ${say(word)}`;
};
/** Latches three bytes of this value, sent three times, as ABI 1 wants it. */
const latch = (byte: number) => `
  (memory.fill (i32.const 2100) (i32.const ${byte}) (i32.const 9))
  (call $shift (i32.const 2100) (i32.const 2120) (i32.const 9) (i32.const 0))
  (call $shift (i32.const 2100) (i32.const 2120) (i32.const 0) (i32.const 2))`;
const when = (letter: string, body: string) => `
  (if (i32.eq (local.get $letter) (i32.const ${letter.charCodeAt(0)})) (then ${body}))`;

/**
 * A module for three slots that logs how it is called, latches 01 at boot, and does what the first
 * letter of a message says: `t` traps, `h` never returns, `p` latches 0d (both pulses), `k` keeps a
 * hot record, `f` publishes 300 bytes.
 */
export function recorder(changes: ModuleText = {}): Uint8Array {
  const data = WORDS.map(([text, at]) => `(data (i32.const ${at}) "${text}")`).join("");
  return makeModule({
    imports: Object.values(IMPORTS).join(""),
    data,
    boot: `${sayDigit("boot", "(local.get $reason)")} ${latch(0x01)} (i32.const 3)`,
    link: sayDigit("link", "(local.get $up)"),
    inputs: say("inputs"),
    tick: `${say("tick")} (i32.const 1000)`,
    suspend: `${say("suspend")} (i32.store8 (i32.const 1024) (i32.const 7)) (i32.const 1)`,
    resume: `${say("resume")} (select (i32.const 0) (i32.const -7)
      (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 7)))`,
    message: `(local $letter i32)
      (local.set $letter (i32.load8_u (i32.add (i32.const 1024) (local.get $topic))))
      ${say("message")}
      ${when("t", "unreachable")}
      ${when("h", "(loop $ever (drop (call $measure (i32.const 1))) (br $ever))")}
      ${when("p", latch(0x0d))}
      ${when("k", "(drop (call $keep (i32.const 0) (i32.const 1024) (i32.const 8)))")}
      ${when(
        "f",
        `(memory.fill (i32.const 2200) (i32.const 97) (i32.const 300))
        (drop (call $publish (i32.const 1024) (local.get $topic)
        (i32.const 2200) (i32.const 300) (i32.const 0)))`,
      )}`,
    ...changes,
  });
}
