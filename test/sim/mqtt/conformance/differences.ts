// Where a real broker answers otherwise than the model, and why that is allowed. A difference that
// is not there any more fails the test as much as a new one.

import { EXCHANGE } from "./exchange.ts";

export interface Difference {
  step: string;
  /** What is heard instead. */
  hears: readonly string[];
  why: string;
}

const BP2 = "caddyshack/shack1/bp2";

/** Both real brokers do so. */
const OVERLAP: Difference = {
  step: "bring one copy",
  hears: [
    "pub: PUBACK",
    'reader: PUBLISH caddyshack/t/over "once" QoS 0',
    'wild: PUBLISH caddyshack/t/over "once" QoS 1',
  ],
  why: `The highest QoS of all filters that match is due (MQTT 3.1.1, 3.3.5), and the model gives
    it; these brokers give that of the filter they find first. Nobody here relies on it: no client
    of ours subscribes to filters that overlap.`,
};

export const AEDES: readonly Difference[] = [
  OVERLAP,
  {
    step: "DUP is the publisher's own affair",
    hears: ["pub: PUBACK", 'reader: PUBLISH caddyshack/t/a "again" QoS 1 DUP'],
    why: `aedes passes the publisher's DUP on, which 3.3.1.1 forbids. It errs on the safe side: a
      backplane refuses a command with DUP and without an id, since it may have been executed.`,
  },
];

const GRANTED = `Mosquitto grants the filter and asks the access file at every delivery instead, so
  nothing of another backplane ever comes; the steps after this one show it.`;

export const MOSQUITTO: readonly Difference[] = [
  OVERLAP,
  { step: "another's are refused", hears: ["bp1-new: SUBACK 1"], why: GRANTED },
  { step: "also by wildcard", hears: ["bp1-new: SUBACK 1"], why: GRANTED },
  {
    step: "a wrong password",
    hears: ["thief: CONNACK 5", "thief: closed"],
    why: "Mosquitto does not tell a wrong password (4) from a login that is not allowed (5).",
  },
  {
    step: "it forges another's state",
    hears: ["bp1-new: PUBACK"],
    why: "MQTT 3.1.1 has no negative PUBACK: Mosquitto drops what it refuses, the others hang up.",
  },
  {
    step: "a retained command",
    hears: ["pub: PUBACK", `reader: PUBLISH ${BP2}/1/power/set "on" QoS 1`],
    why: `An access file cannot tell RETAIN, so Mosquitto keeps the command; the backplane refuses
      what is delivered with RETAIN.`,
  },
  {
    step: "is cleared",
    hears: ["clear: CONNACK 0", "clear: PUBACK", `reader: PUBLISH ${BP2}/1/power/set "" QoS 1`],
    why: "For the same reason it can be cleared there, which the embedded broker has no need for.",
  },
];

/** The model's exchange with a broker's differences written in. */
export function withDifferences(
  model: readonly string[][],
  differences: readonly Difference[],
): string[][] {
  for (const { step } of differences) {
    if (!EXCHANGE.some(({ name }) => name === step)) throw new Error(`no step "${step}"`);
  }
  return EXCHANGE.map(({ name }, i) => {
    const other = differences.find(({ step }) => step === name);
    return [...(other?.hears ?? model[i] ?? [])];
  });
}

/** Step names beside what was heard, so that a failure reads well. */
export function byStep(heard: readonly string[][]): Record<string, readonly string[]> {
  return Object.fromEntries(EXCHANGE.map(({ name }, i) => [name, heard[i] ?? []]));
}
