// Reads the tables of firmware/abi.md. The prose is for people; the tables are the source.

export interface Constant {
  name: string;
  value: number;
  meaning: string;
}

export interface Parameter {
  name: string;
  type: "ptr" | "i32";
}

export interface AbiFunction {
  name: string;
  parameters: Parameter[];
  result: "i32" | "ptr" | "void";
}

export interface Abi {
  constants: Constant[];
  bootReasons: Constant[];
  notes: Constant[];
  imports: AbiFunction[];
  exports: AbiFunction[];
}

/** The rows of the first table below heading `## <title>`, header and rule left out. */
function rowsBelow(markdown: string, title: string, file = "firmware/abi.md"): string[][] {
  const section = markdown.split(/^## /m).find((text) => text.startsWith(`${title}\n`));
  if (section === undefined) throw new Error(`${file} has no section "## ${title}"`);
  const [table = ""] = /(^\|.*\n?)+/m.exec(section) ?? [];
  const rows = table.split("\n").filter((line) => line !== "");
  return rows.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Rows of name, value (decimal or 0x) and meaning below heading `## <title>`. */
export function constants(markdown: string, title: string, file = "firmware/abi.md"): Constant[] {
  return rowsBelow(markdown, title, file).map(([name = "", value = "", meaning = ""]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || !/^(-?\d+|0x[0-9A-Fa-f]+)$/.test(value)) {
      throw new Error(`${file}, "${title}": cannot read the row of "${name}"`);
    }
    return { name, value: Number(value), meaning };
  });
}

function parameters(list: string): Parameter[] {
  if (list === "") return [];
  return list.split(", ").map((item) => {
    const [name = "", type = ""] = item.split(": ");
    if (type !== "ptr" && type !== "i32") throw new Error(`firmware/abi.md: bad type in "${item}"`);
    return { name, type };
  });
}

function functions(markdown: string, title: string): AbiFunction[] {
  return rowsBelow(markdown, title)
    .filter(([, signature]) => signature !== "memory")
    .map(([name = "", signature = ""]) => {
      const match = /^\((.*)\) -> (i32|ptr|void)$/.exec(signature);
      if (match === null) throw new Error(`firmware/abi.md: bad signature of "${name}"`);
      return { name, parameters: parameters(match[1] ?? ""), result: match[2] as "i32" };
    });
}

export function parseAbi(markdown: string): Abi {
  return {
    constants: constants(markdown, "Constants"),
    bootReasons: constants(markdown, "Boot reasons"),
    notes: constants(markdown, "Notes"),
    imports: functions(markdown, "Imports"),
    exports: functions(markdown, "Exports"),
  };
}
