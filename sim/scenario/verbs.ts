// The scenario language as one table: the parser, the runner and the reference read it.

import type { Stage } from "./stage.ts";
import { EXPECT_VERBS } from "./verbs-expect.ts";
import { FAULT_VERBS } from "./verbs-faults.ts";
import { HAND_VERBS } from "./verbs-hand.ts";
import { NETWORK_VERBS } from "./verbs-network.ts";
import { SETUP_VERBS } from "./verbs-setup.ts";
import { WAIT_VERBS } from "./verbs-wait.ts";
import { BACKPLANE, CADDY, DURATION, type Kind, type Param, SLOT, type Verb } from "./words.ts";

export const VERBS: readonly Verb<Stage>[] = [
  ...HAND_VERBS,
  ...NETWORK_VERBS,
  ...FAULT_VERBS,
  ...WAIT_VERBS,
  ...EXPECT_VERBS,
];

export { SETUP_VERBS };

/** `wait state CADDY WANTED WITHIN`, options in brackets. */
export function shape({ name, params }: { name: string; params: readonly Param[] }): string {
  const words = params.map(({ name: param, optional, rest }) => {
    const word = `${param.toUpperCase()}${rest ? "..." : ""}`;
    return optional ? `[${word}]` : word;
  });
  return [name, ...words].join(" ");
}

/** Said once above the tables. */
const COMMON: readonly Kind[] = [CADDY, BACKPLANE, SLOT, DURATION];
const COMMON_SAYS = `- \`CADDY\`: ${CADDY.says}
- \`BACKPLANE\`: ${BACKPLANE.says}
- \`SLOT\`: ${SLOT.says}
- \`TIME\`, \`FOR\`, \`WITHIN\`, \`LEAST\`, \`BOUNCE\`: ${DURATION.says}
`;

function table(verbs: readonly { name: string; params: readonly Param[]; help: string }[]): string {
  const rows = verbs.map((verb) => {
    const own = verb.params.filter(({ kind }) => !COMMON.includes(kind));
    const kinds = own.map(({ name, kind }) => `${name.toUpperCase()}: ${kind.says}`);
    const cell = [verb.help, ...kinds].join("; ").replaceAll("|", "\\|");
    return `| \`${shape(verb)}\` | ${cell} |`;
  });
  return ["| verb | what it does |", "|---|---|", ...rows].join("\n");
}

/** The reference of the language in Markdown, as docs/SIMULATOR.md has it. */
export function reference(): string {
  const groups: [string, string][] = [
    ["Set-up, before all others", table(SETUP_VERBS)],
    ["The hand in the machine room", table(HAND_VERBS)],
    ["Commands, broker, hostd", table(NETWORK_VERBS)],
    ["Faults", table(FAULT_VERBS)],
    ["Time", table(WAIT_VERBS)],
    ["Expectations", table(EXPECT_VERBS)],
  ];
  const tables = groups.map(([title, rows]) => `#### ${title}\n\n${rows}\n`);
  return [COMMON_SAYS, ...tables].join("\n");
}
