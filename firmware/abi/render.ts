// Turns the parsed ABI into the C header, the AssemblyScript externs and the TypeScript tables.
import type { Abi, AbiFunction, Constant } from "./parse.ts";

export const HEAD = "Generated from firmware/abi.md by `npm run gen`. Do not edit.";

const upper = (name: string): string => name.toUpperCase();

export function renderAssemblyScript(abi: Abi): string {
  const all = [...abi.constants, ...abi.bootReasons];
  const notes = abi.notes.map((n) => `export const NOTE_${upper(n.name)} = ${n.value};`);
  const consts = all.map((c) => `export const ${c.name} = ${c.value};`);
  return `// ${HEAD}\n\n${[...consts, ...notes].join("\n")}\n`;
}

/** The compiler takes the import module's name from the file's, so this one must be hal.ts. */
export function renderHal(abi: Abi): string {
  const externs = abi.imports.map((f) => {
    const list = f.parameters.map((p) => `${p.name}: ${p.type === "ptr" ? "usize" : "i32"}`);
    return `export declare function ${f.name}(${list.join(", ")}): ${f.result};`;
  });
  return `// ${HEAD}\n\n${externs.join("\n")}\n`;
}

function cPrototype(f: AbiFunction): string {
  const type = { ptr: "uint32_t", i32: "int32_t", void: "void" } as const;
  const list = f.parameters.map((p) => `${type[p.type]} ${p.name}`).join(", ");
  return `${type[f.result]} ${f.name}(${list === "" ? "void" : list})`;
}

function wasm3Signature(f: AbiFunction): string {
  const result = f.result === "void" ? "v" : "i";
  return `${result}(${"i".repeat(f.parameters.length)})`;
}

export function renderC(abi: Abi): string {
  const define = (name: string, c: Constant): string =>
    `#define ABI_${name} ${c.value < 0 ? `(${c.value})` : c.value} /* ${c.meaning} */`;
  const lines = [
    ...abi.constants.map((c) => define(c.name.replace(/^ABI_/, ""), c)),
    "",
    ...abi.bootReasons.map((c) => define(c.name, c)),
    "",
    ...abi.notes.map((c) => define(`NOTE_${upper(c.name)}`, c)),
    "",
    "/* Notes by name, as info shows them: X(name, code). */",
    `#define ABI_NOTES(X) ${abi.notes.map((n) => `X(${n.name}, ${n.value})`).join(" ")}`,
    "",
    "/* Imports of module hal: X(name, signature in Wasm3's notation). */",
    `#define ABI_IMPORTS(X) \\\n${abi.imports
      .map((f) => `  X(${f.name}, "${wasm3Signature(f)}") /* ${cPrototype(f)} */`)
      .join(" \\\n")}`,
    "",
    "/* Exports: X(name, signature in Wasm3's notation). */",
    `#define ABI_EXPORTS(X) \\\n${abi.exports
      .map((f) => `  X(${f.name}, "${wasm3Signature(f)}") /* ${cPrototype(f)} */`)
      .join(" \\\n")}`,
  ];
  const guard = "CADDYSHACK_ABI_H";
  const head = `/* ${HEAD} */\n#ifndef ${guard}\n#define ${guard}\n`;
  return `${head}\n${lines.join("\n")}\n\n#endif\n`;
}

export function renderTypeScript(abi: Abi): string {
  const record = (name: string, doc: string, list: Constant[]): string =>
    `/** ${doc} */\nexport const ${name} = {\n${list
      .map((c) => `  /** ${c.meaning} */\n  ${c.name}: ${c.value},`)
      .join("\n")}\n} as const;\n`;
  const table = (name: string, doc: string, list: AbiFunction[]): string =>
    `/** ${doc} */\nexport const ${name} = {\n${list
      .map((f) => {
        const types = f.parameters.map((p) => `"${p.name}"`).join(", ");
        return `  ${f.name}: { parameters: [${types}], result: ${f.result !== "void"} },`;
      })
      .join("\n")}\n} as const;\n`;
  return [
    `// ${HEAD}\n`,
    record("ABI", "Limits, flags and errors of ABI 1.", abi.constants),
    record("BOOT_REASONS", "Why the module boots.", abi.bootReasons),
    record("NOTES", "Codes of `hal.note`, by the name `info` shows.", abi.notes),
    table("IMPORTS", "Imports of module `hal`; every parameter is an i32.", abi.imports),
    table("EXPORTS", "Exported functions; every parameter is an i32.", abi.exports),
  ].join("\n");
}
