// Steps through the code of a WebAssembly function, one opcode at a time.
import { Reader } from "../../sim/lanes/wasm-file.ts";

type Immediates = (reader: Reader) => void;

const one: Immediates = (reader) => void reader.unsigned();
const two: Immediates = (reader) => {
  reader.unsigned();
  reader.unsigned();
};
const blockType: Immediates = (reader) => void reader.signed();
const signed64: Immediates = (reader) => {
  while (reader.byte() >= 0x80);
};
const branchTable: Immediates = (reader) => {
  reader.list(() => reader.unsigned());
  reader.unsigned();
};

const immediates: Record<number, Immediates> = {
  2: blockType,
  3: blockType,
  4: blockType,
  12: one,
  13: one,
  14: branchTable,
  16: one,
  17: two,
  28: (reader) => void reader.list(() => reader.byte()),
  32: one,
  33: one,
  34: one,
  35: one,
  36: one,
  63: one,
  64: one,
  65: (reader) => void reader.signed(),
  66: signed64,
  67: (reader) => void reader.take(4),
  68: (reader) => void reader.take(8),
};
for (let load = 0x28; load <= 0x3e; load++) immediates[load] = two;

const PREFIX = 0xfc;
const COPY = 10;
const FILL = 11;

/** Copying and filling of memory is the one later addition that Wasm3 runs too. */
function bulk(reader: Reader): number {
  const operation = reader.unsigned();
  if (operation !== COPY && operation !== FILL) throw new Error(`bulk operation ${operation}`);
  reader.take(operation === COPY ? 2 : 1);
  return operation;
}

/** Opcodes of a function body (locals first, as in the file); throws at one it does not know. */
export function* instructions(body: Uint8Array): Generator<number> {
  const reader = new Reader(body);
  reader.list(() => [reader.unsigned(), reader.byte()]);
  while (reader.at < body.length) {
    let opcode = reader.byte();
    if (opcode === PREFIX) opcode = PREFIX * 256 + bulk(reader);
    else if (opcode > 0xc4)
      throw new Error(`an opcode beyond WebAssembly 1: 0x${opcode.toString(16)}`);
    immediates[opcode]?.(reader);
    yield opcode;
  }
}
