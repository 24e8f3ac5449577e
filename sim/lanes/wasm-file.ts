// Reads the outline of a WebAssembly file: what it imports and exports, with signatures, and how
// much memory it lays out. The engine's own reflection answers names and kinds only.

export interface Signature {
  parameters: number[];
  results: number[];
}

export interface WasmImport {
  module: string;
  name: string;
  kind: Kind;
  signature: Signature | undefined;
}

export interface WasmExport {
  name: string;
  kind: Kind;
  signature: Signature | undefined;
}

export interface WasmFile {
  imports: WasmImport[];
  exports: WasmExport[];
  /** Least pages of the module's own memory; undefined when it has none. */
  memoryPages: number | undefined;
  /** One past the last byte that a data segment fills, 0 without any. */
  dataEnd: number;
  /** Code of each own function, locals included, without its length. */
  bodies: Uint8Array[];
}

export type Kind = "function" | "table" | "memory" | "global" | "tag";

export const I32 = 0x7f;
const KINDS: readonly Kind[] = ["function", "table", "memory", "global", "tag"];
const OP_END = 0x0b;
const OP_I32_CONST = 0x41;

/** Walks bytes; throws a plain Error at the end of them. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new Error("it ends in the middle of something");
    return value;
  }

  /** LEB128, up to 32 bits. */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error("a number in it is too long");
  }

  /** Signed LEB128, up to 32 bits. */
  signed(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
    throw new Error("a number in it is too long");
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Error("it is cut off");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return new TextDecoder().decode(this.take(this.unsigned()));
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.unsigned() }, item);
  }
}

function readSignature(reader: Reader): Signature {
  if (reader.byte() !== 0x60) throw new Error("it has a type that is not a function");
  return {
    parameters: reader.list(() => reader.byte()),
    results: reader.list(() => reader.byte()),
  };
}

function readLimits(reader: Reader): number {
  const flags = reader.byte();
  const least = reader.unsigned();
  if (flags & 1) reader.unsigned();
  return least;
}

function kindOf(code: number): Kind {
  const kind = KINDS[code];
  if (kind === undefined) throw new Error(`it has an unknown kind ${code}`);
  return kind;
}

/** Skips the description of an import; answers the type index of a function. */
function readImportType(reader: Reader, kind: Kind): number | undefined {
  if (kind === "function") return reader.unsigned();
  if (kind === "memory") readLimits(reader);
  else if (kind === "global") reader.take(2);
  else {
    reader.byte();
    if (kind === "table") readLimits(reader);
    else reader.unsigned();
  }
  return undefined;
}

function readDataEnd(reader: Reader): number {
  const flags = reader.unsigned();
  let offset = 0;
  if (flags === 2) reader.unsigned();
  if (flags !== 1) {
    if (reader.byte() !== OP_I32_CONST) throw new Error("a data segment has no constant place");
    offset = reader.signed() >>> 0;
    if (reader.byte() !== OP_END) throw new Error("a data segment has no constant place");
  }
  return offset + reader.take(reader.unsigned()).length;
}

/** Throws a plain Error that says what is wrong with bytes that are not such a file. */
export function readWasmFile(bytes: Uint8Array): WasmFile {
  const reader = new Reader(bytes);
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (!magic.every((byte) => byte === reader.byte())) throw new Error("it is not WebAssembly 1");
  const types: Signature[] = [];
  const functions: (Signature | undefined)[] = [];
  const file: WasmFile = {
    imports: [],
    exports: [],
    memoryPages: undefined,
    dataEnd: 0,
    bodies: [],
  };
  const sections: Record<number, (r: Reader) => void> = {
    1: (r) => types.push(...r.list(() => readSignature(r))),
    2: (r) =>
      r.list(() => {
        const [module, name, kind] = [r.text(), r.text(), kindOf(r.byte())];
        const type = readImportType(r, kind);
        const signature = type === undefined ? undefined : types[type];
        if (kind === "function") functions.push(signature);
        file.imports.push({ module, name, kind, signature });
      }),
    3: (r) => functions.push(...r.list(() => types[r.unsigned()])),
    5: (r) => {
      for (const pages of r.list(() => readLimits(r))) file.memoryPages ??= pages;
    },
    7: (r) =>
      r.list(() => {
        const [name, kind, index] = [r.text(), kindOf(r.byte()), r.unsigned()];
        const signature = kind === "function" ? functions[index] : undefined;
        file.exports.push({ name, kind, signature });
      }),
    10: (r) => file.bodies.push(...r.list(() => r.take(r.unsigned()))),
    11: (r) => {
      file.dataEnd = Math.max(file.dataEnd, ...r.list(() => readDataEnd(r)));
    },
  };
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const body = reader.take(reader.unsigned());
    sections[id]?.(new Reader(body));
  }
  return file;
}
