// Set-up verbs: they stand before all others and describe the rack.

import { CARRIERS } from "../../hostd/model/shack.ts";
import { BACKPLANE_KEYS, CADDY_KEYS, RACKS, type RackSheet } from "./rack-sheet.ts";
import { any, oneOf, pair, pairs, type Verb, whole } from "./words.ts";

export const SETUP_VERBS: readonly Verb<RackSheet>[] = [
  {
    name: "seed",
    params: [{ name: "number", kind: whole(0, 0xffffffff) }],
    help: "all chance of the run comes from it (1)",
    run: (sheet, values) => {
      sheet.seed = values.number("number");
    },
  },
  {
    name: "rack",
    params: [{ name: "name", kind: oneOf(Object.keys(RACKS)) }],
    help: `begins with one of the known racks; without this verb it is \`default\``,
    run: (sheet, values) => sheet.rack(values.text("name")),
  },
  {
    name: "grid",
    params: [
      { name: "backplanes", kind: whole(1, 256) },
      { name: "slots", kind: whole(1, 4) },
      { name: "carrier", kind: oneOf(CARRIERS) },
    ],
    help: "begins with many backplanes that are all alike, caddies named by slot: `bp7-2`",
    run: (sheet, values) =>
      sheet.grid(values.number("backplanes"), values.number("slots"), values.text("carrier")),
  },
  {
    name: "shack",
    params: [{ name: "name", kind: any("a name") }],
    help: "its name, which stands in every topic (shack1)",
    run: (sheet, values) => sheet.shackName(values.text("name")),
  },
  {
    name: "amps",
    params: [{ name: "amps", kind: whole(1, 100_000) }],
    help: "what the supply is rated for",
    run: (sheet, values) => sheet.amps(values.number("amps")),
  },
  {
    name: "backplane",
    params: [
      { name: "id", kind: any("its name") },
      { name: "settings", kind: pair(Object.keys(BACKPLANE_KEYS)), rest: true },
    ],
    help: "adds a backplane, or changes one",
    run: (sheet, values) => sheet.backplane(values.text("id"), pairs(values.list("settings"))),
  },
  {
    name: "caddy",
    params: [
      { name: "name", kind: any("its name") },
      { name: "settings", kind: pair(Object.keys(CADDY_KEYS)), rest: true },
    ],
    help: "adds a caddy (it needs `slot=`), or changes one",
    run: (sheet, values) => sheet.caddy(values.text("name"), pairs(values.list("settings"))),
  },
  {
    name: "quiet-consoles",
    params: [],
    help: "leaves serial consoles out of the transcript",
    run: (sheet) => {
      sheet.quietConsoles = true;
    },
  },
  {
    name: "random-run",
    params: [],
    help: "hostd's ids are drawn and an operator is there from the start, as in random runs",
    run: (sheet) => {
      sheet.randomRun = true;
    },
  },
];
