// Wasm3's operations end in a call of the next one, which a compiler makes a jump where it can.
// The ESP8266's compilers cannot (the CALL0 ABI learnt it in GCC 13), so every operation of a
// straight line would stay on the native stack. This mends the assembly between compiler and
// assembler: `gcc -wrapper node,firmware/runtime/tail-calls.mjs ...`.
//
// Plain JavaScript, because builds of other tools start it with whatever Node there is.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const LABEL = /^\s*([.\w$]+):/;
const JUMP = /^\s*j(?:\.l)?\s+([.\w$]+)/;
/** Of a register that the caller wants back. */
const RESTORE = /^\s*l32i(?:\.n)?\s+a(?:0|12|13|14|15),\s*sp,\s*\d+\s*$/;
const POP = /^\s*addi\s+sp,\s*sp,\s*(\d+)\s*$/;
const PUSH = /^\s*addi\s+sp,\s*sp,\s*-\d+\s*$/;
const SAVE_RETURN = /^\s*s32i(?:\.n)?\s+a0,\s*sp,\s*\d+\s*$/;
const RETURN = /^\s*ret(?:\.n)?\s*$/;
const CALL = /^\s*callx?0\s/;
/** Only registers that a return does not restore may hold the way on. */
const CALL_REGISTER = /^\s*callx0\s+(a(?:[2-9]|1[01]))\s*$/;
const CALL_OPERATION = /^\s*call0\s+(op_\w+)\s*$/;
const USES_STACK = /\bsp\b/;
const SLOT = /^\s*(?:[ls]32i(?:\.n)?|s8i|s16i|l8ui|l16[us]i)\s+a\d+,\s*sp,\s*\d+\s*$/;
/** Nothing that runs. */
const IDLE = /^\s*(?:$|#|\.(?!L\w*:))/;

/** The lines of an epilogue without the return, if nothing else follows line `from`. */
function epilogueAfter(lines, labels, from) {
  const found = [];
  for (let at = from + 1, steps = 0; at < lines.length && steps < 64; at++, steps++) {
    const line = lines[at];
    const jump = JUMP.exec(line);
    if (jump) {
      const target = labels.get(jump[1]);
      if (target === undefined) return null;
      at = target;
    } else if (RESTORE.test(line) || POP.test(line)) found.push(line);
    else if (RETURN.test(line)) return found;
    else if (!IDLE.test(line) && !LABEL.test(line)) return null;
  }
  return null;
}

/** No frame is needed where only the return address was kept in it and nobody is called. */
function dropFrame(lines) {
  const frameless = lines.every(
    (line) =>
      !CALL.test(line) &&
      (!USES_STACK.test(line) ||
        PUSH.test(line) ||
        POP.test(line) ||
        SAVE_RETURN.test(line) ||
        /^\s*l32i(?:\.n)?\s+a0,\s*sp,/.test(line)),
  );
  return frameless ? lines.filter((line) => !USES_STACK.test(line)) : lines;
}

function jumpInFunction(lines) {
  // The address of something in the frame may have been handed on: the frame must then stay.
  const escapes = lines.some(
    (line) => USES_STACK.test(line) && !SLOT.test(line) && !PUSH.test(line) && !POP.test(line),
  );
  if (escapes) return lines;
  const labels = new Map();
  for (const [at, line] of lines.entries()) {
    const label = LABEL.exec(line);
    if (label) labels.set(label[1], at);
  }
  let changed = false;
  const mended = lines.flatMap((line, at) => {
    const register = CALL_REGISTER.exec(line);
    const operation = CALL_OPERATION.exec(line);
    const epilogue = register || operation ? epilogueAfter(lines, labels, at) : null;
    if (epilogue === null) return [line];
    changed = true;
    return [...epilogue, register ? `\tjx\t${register[1]}` : `\tj\t${operation[1]}`];
  });
  return changed ? dropFrame(mended) : lines;
}

/**
 * Assembly of GCC for Xtensa with the CALL0 ABI in, the same out with every call that ends an
 * operation (`op_*`) made a jump. What it does not understand stays as it is.
 */
export function jumpTails(assembly) {
  const out = [];
  let body = null;
  for (const line of assembly.split("\n")) {
    if (/^op_\w+:/.test(line)) body = [];
    else if (body !== null && /^\s*\.size\s+op_/.test(line)) {
      out.push(...jumpInFunction(body));
      body = null;
    }
    (body ?? out).push(line);
  }
  out.push(...(body ?? []));
  return out.join("\n");
}

/** Runs what the compiler wants to run; the assembler gets mended sources. */
function wrap(command) {
  if (!/(^|-)as(\.exe)?$/.test(basename(command[0] ?? ""))) return run(command);
  const folder = mkdtempSync(join(tmpdir(), "tail-calls-"));
  try {
    let count = 0;
    const mended = command.map((argument, at) => {
      if (at === 0 || !argument.endsWith(".s")) return argument;
      const path = join(folder, `${count++}.s`);
      writeFileSync(path, jumpTails(readFileSync(argument, "utf8")));
      return path;
    });
    // With -pipe the source comes on stdin.
    const input = count > 0 ? undefined : jumpTails(readFileSync(0, "utf8"));
    return run(mended, input);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run([program, ...args], input) {
  const stdio = [input === undefined ? "inherit" : "pipe", "inherit", "inherit"];
  const { status, error } = spawnSync(program, args, { stdio, input });
  if (error) console.error(`tail-calls: ${error.message}`);
  return status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(wrap(process.argv.slice(2)));
