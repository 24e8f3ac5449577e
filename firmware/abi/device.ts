// Reads the tables of firmware/device.md and turns them into the C header and the TypeScript
// constants.

import { type Constant, constants } from "./parse.ts";

const FILE = "firmware/device.md";
const HEAD = `Generated from ${FILE} by \`npm run gen\`. Do not edit.`;

/** Section of device.md, name of the TypeScript record, prefix that the record leaves out. */
const SECTIONS = [
  ["Flash map", "FLASH", "FLASH_"],
  ["RTC memory", "RTC", "RTC_"],
  ["Module header", "MODULE", "MODULE_"],
  ["Configuration sector", "CONFIG", "CONFIG_"],
  ["Figures", "FIGURES", "FIGURE_"],
  ["Runtime errors", "RUNTIME_ERRORS", "ERROR_"],
  ["Limits", "LIMITS", ""],
] as const;

export interface DeviceSection {
  title: string;
  record: string;
  prefix: string;
  constants: Constant[];
}

export function parseDevice(markdown: string): DeviceSection[] {
  return SECTIONS.map(([title, record, prefix]) => ({
    title,
    record,
    prefix,
    constants: constants(markdown, title, FILE),
  }));
}

/** Every name gets `prefix` in C, so that none can meet one of the SDK's. */
export function renderDeviceC(sections: DeviceSection[], prefix = "CS_"): string {
  const define = ({ name, value, meaning }: Constant): string => {
    const text = value < 0 ? `(${value})` : value > 0xffff ? `0x${value.toString(16)}u` : value;
    return `#define ${prefix}${name} ${text} /* ${meaning} */`;
  };
  const body = sections.map((s) => `/* ${s.title} */\n${s.constants.map(define).join("\n")}`);
  const guard = "CADDYSHACK_DEVICE_H";
  return `/* ${HEAD} */\n#ifndef ${guard}\n#define ${guard}\n\n${body.join("\n\n")}\n\n#endif\n`;
}

export function renderDeviceTypeScript(sections: DeviceSection[]): string {
  const records = sections.map(({ title, record, prefix, constants: list }) => {
    const rows = list.map(
      ({ name, value, meaning }) =>
        `  /** ${meaning} */\n  ${name.slice(prefix.length)}: ${value},`,
    );
    return `/** ${title}. */\nexport const ${record} = {\n${rows.join("\n")}\n} as const;\n`;
  });
  return `// ${HEAD}\n\n${records.join("\n")}`;
}
