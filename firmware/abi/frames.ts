// Reads the tables of firmware/boards/framed/frames.md and turns them into the C header and the
// TypeScript constants.

import { type Constant, constants } from "./parse.ts";

const FILE = "firmware/boards/framed/frames.md";
const HEAD = `Generated from ${FILE} by \`npm run gen\`. Do not edit.`;

/** Section of frames.md, name of the TypeScript record, prefix that the record leaves out. */
const SECTIONS = [
  ["Frame", "FRAME", ""],
  ["Requests", "REQUEST", ""],
  ["Calls", "CALL", "CALL_"],
  ["Stats", "STAT", "STAT_"],
] as const;

export interface FrameSection {
  title: string;
  record: string;
  prefix: string;
  constants: Constant[];
}

export function parseFrames(markdown: string): FrameSection[] {
  return SECTIONS.map(([title, record, prefix]) => ({
    title,
    record,
    prefix,
    constants: constants(markdown, title, FILE),
  }));
}

export function renderFramesC(sections: FrameSection[]): string {
  const define = ({ name, value, meaning }: Constant): string =>
    `#define FRAME_${name} ${value}u${meaning === "" ? "" : ` /* ${meaning} */`}`;
  const body = sections.map((s) => `/* ${s.title} */\n${s.constants.map(define).join("\n")}`);
  const guard = "CADDYSHACK_FRAMES_H";
  return `/* ${HEAD} */\n#ifndef ${guard}\n#define ${guard}\n\n${body.join("\n\n")}\n\n#endif\n`;
}

export function renderFramesTypeScript(sections: FrameSection[]): string {
  const records = sections.map(({ title, record, prefix, constants: list }) => {
    const rows = list.map(({ name, value, meaning }) => {
      const comment = meaning === "" ? "" : `  /** ${meaning} */\n`;
      return `${comment}  ${name.slice(prefix.length)}: ${value},`;
    });
    return `/** ${title}. */\nexport const ${record} = {\n${rows.join("\n")}\n} as const;\n`;
  });
  return `// ${HEAD}\n\n${records.join("\n")}`;
}
