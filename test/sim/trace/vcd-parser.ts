// Reads a value change dump as a viewer does (IEEE 1364, clause 18), for tests. Whatever a viewer
// would stumble over is an error.

export interface VcdSignal {
  /** `bp1.slot2.PWR_EN` */
  name: string;
  bits: number;
  /** Times in the file's units, and values in binary; the first is the initial one. */
  changes: { at: number; value: string }[];
}

export interface Vcd {
  timescale: string;
  signals: Map<string, VcdSignal>;
  endAt: number;
}

interface Reading {
  timescale: string;
  scopes: string[];
  byId: Map<string, VcdSignal>;
  signals: Map<string, VcdSignal>;
  /** Lines of the header that were read. */
  lines: number;
}

export function parseVcd(text: string): Vcd {
  const lines = text.replace(/\n$/, "").split("\n");
  const head = readHeader(lines);
  let at = -1;
  let dumping = false;
  for (let i = head.lines; i < lines.length; i++) {
    const line = lines[i] as string;
    if (line.startsWith("#")) {
      const next = Number(line.slice(1));
      if (!/^#\d+$/.test(line) || next < at) throw new Error(`line ${i + 1}: time runs back`);
      at = next;
    } else if (line === "$dumpvars") dumping = true;
    else if (line === "$end" && dumping) dumping = false;
    else readChange(line, i, at, head.byId);
  }
  for (const { name, changes } of head.signals.values()) {
    if (changes.length === 0) throw new Error(`${name} has no value`);
  }
  return { timescale: head.timescale, signals: head.signals, endAt: at };
}

function readHeader(lines: readonly string[]): Reading {
  const reading: Reading = {
    timescale: "",
    scopes: [],
    byId: new Map(),
    signals: new Map(),
    lines: 0,
  };
  for (const line of lines) {
    reading.lines++;
    const words = line.split(" ");
    if (words.at(-1) !== "$end") throw new Error(`line ${reading.lines}: no $end`);
    if (words[0] === "$enddefinitions") break;
    if (words[0] === "$timescale") reading.timescale = words.slice(1, -1).join(" ");
    else if (words[0] === "$scope") reading.scopes.push(words[2] as string);
    else if (words[0] === "$upscope") reading.scopes.pop();
    else if (words[0] === "$var") readVariable(words, reading);
    else if (words[0] !== "$version") throw new Error(`line ${reading.lines}: ${words[0]}?`);
  }
  if (reading.scopes.length > 0) throw new Error("a scope is left open");
  return reading;
}

function readVariable(words: readonly string[], { scopes, byId, signals }: Reading): void {
  const [, type, bits, id, name] = words;
  if (!["wire", "reg"].includes(type ?? "") || !id || !/^[!-~]+$/.test(id)) {
    throw new Error(`bad variable: ${words.join(" ")}`);
  }
  if (byId.has(id)) throw new Error(`the identifier ${id} is used twice`);
  const signal = { name: [...scopes, name].join("."), bits: Number(bits), changes: [] };
  if (signals.has(signal.name)) throw new Error(`two signals ${signal.name}`);
  byId.set(id, signal);
  signals.set(signal.name, signal);
}

function readChange(line: string, i: number, at: number, byId: Map<string, VcdSignal>): void {
  const match = /^(?:([01x])|b([01x]+) )([!-~]+)$/.exec(line);
  const signal = byId.get(match?.[3] ?? "");
  if (!match || signal === undefined) throw new Error(`line ${i + 1}: what is "${line}"?`);
  const value = match[1] ?? match[2] ?? "";
  const one = match[1] !== undefined;
  if (one !== (signal.bits === 1) || value.length > signal.bits) {
    throw new Error(`line ${i + 1}: ${signal.name} has ${signal.bits} bits`);
  }
  if (at < 0) throw new Error(`line ${i + 1}: a value before any time`);
  signal.changes.push({ at, value });
}
