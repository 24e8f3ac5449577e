// What a caddy prints may colour and move text, and nothing else. Here the terminal's parser loses
// the sequences that would reach further. Pure: the parser is passed in.

import type { IDisposable, IParser } from "@xterm/xterm";

/** 0 to 2: title; 4 to 19, 104 to 119: colours of the page; 52: clipboard. Links (8) stay. */
const SWALLOWED_OSC = [0, 1, 2, 4, 5, 10, 11, 12, 17, 19, 52, 104, 105, 110, 111, 112, 117, 119];

/** Questions that a terminal answers as if somebody had typed. */
const ASKING_CSI = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins every one of them
const REPORT = /^\x1b\[(?:[IO]$|M|<)/;

/** Focus and mouse reports: nobody means to take the pen by them. */
export const isReport = (data: string): boolean => REPORT.test(data);

/** Mutes what must not get through; a sequence that is taken here goes no further. */
export function guard(parser: IParser, writes: () => boolean): IDisposable[] {
  return [
    ...SWALLOWED_OSC.map((code) => parser.registerOscHandler(code, () => true)),
    ...ASKING_CSI.map((id) => parser.registerCsiHandler(id, () => !writes())),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => !writes()),
  ];
}
