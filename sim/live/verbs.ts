// The verbs of the control side as one table: what the control socket runs and the command line
// offers.

import { isAbsolute } from "node:path";
import { CARRIERS, type Carrier as CarrierKind } from "../../hostd/model/shack.ts";
import { BREAKAGES, type Breakage } from "../parts/load-switch.ts";
import { RESET_CAUSES, type ResetCause } from "../parts/wemos.ts";
import type { Control } from "../rack/control.ts";

export interface Verb {
  /** Arguments in order; those in brackets may be left out. */
  args: readonly string[];
  /** Names of options that take a number or a word. */
  options?: readonly string[];
  help: string;
  run(control: Control, args: readonly string[], options: VerbOptions): unknown;
}

export type VerbOptions = Readonly<Record<string, string>>;

/** The request does not make sense as it stands. */
export class UsageError extends Error {}

function milliseconds(options: VerbOptions, name: string): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 600_000) {
    throw new UsageError(`--${name} takes milliseconds from 0 to 600000, not "${text}"`);
  }
  return value;
}

function word<T extends string>(text: string, words: readonly T[], what: string): T {
  const found = words.find((one) => one === text);
  if (found === undefined)
    throw new UsageError(`${what} is one of ${words.join(", ")}, not "${text}"`);
  return found;
}

function onOff(text: string): boolean {
  return word(text, ["on", "off"], "the last word") === "on";
}

function bounce(options: VerbOptions): { bounceMs?: number } {
  const bounceMs = milliseconds(options, "bounce");
  return bounceMs === undefined ? {} : { bounceMs };
}

function one(args: readonly string[]): string {
  return args[0] as string;
}

const kinds = BREAKAGES.filter((kind) => kind !== "none");
const causes = Object.keys(RESET_CAUSES) as ResetCause[];

export const VERBS: Readonly<Record<string, Verb>> = {
  pull: {
    args: ["caddy"],
    options: ["bounce"],
    help: "pull a caddy out of its slot",
    run: (control, args, options) => control.pull(one(args), bounce(options)),
  },
  insert: {
    args: ["caddy"],
    options: ["carrier", "bounce"],
    help: `push a caddy in (--carrier ${CARRIERS.join("|")})`,
    run: (control, args, options) => {
      const { carrier } = options;
      const kind = carrier && word<CarrierKind>(carrier, CARRIERS, "--carrier");
      control.insert(one(args), { ...bounce(options), ...(kind ? { carrier: kind } : {}) });
    },
  },
  press: {
    args: ["caddy"],
    options: ["hold", "bounce"],
    help: "press a caddy's button, for --hold milliseconds (200)",
    run: (control, args, options) => {
      const holdMs = milliseconds(options, "hold");
      if (holdMs === 0) throw new UsageError("--hold must be more than 0");
      control.press(one(args), { ...bounce(options), ...(holdMs ? { holdMs } : {}) });
    },
  },
  hang: {
    args: ["caddy"],
    help: "hang a caddy's computer",
    run: (control, args) => control.hang(one(args)),
  },
  overload: {
    args: ["caddy", "mA"],
    help: "let a caddy draw so much more current, 0 to end it",
    run: (control, args) => {
      const ma = args[1] as string;
      if (!/^\d{1,5}$/.test(ma))
        throw new UsageError(`mA is a number from 0 to 99999, not "${ma}"`);
      control.overload(one(args), Number(ma));
    },
  },
  break: {
    args: ["caddy", "how"],
    help: `break a load switch: ${kinds.join(", ")}`,
    run: (control, args) => {
      control.breakSwitch(one(args), word<Breakage>(args[1] as string, kinds, "how"));
    },
  },
  repair: {
    args: ["caddy"],
    help: "repair a load switch",
    run: (control, args) => control.repair(one(args)),
  },
  reset: {
    args: ["backplane", "[cause]"],
    help: `reset a backplane's Wemos: ${causes.join(", ")} (pin)`,
    run: (control, args) => {
      control.reset(one(args), word<ResetCause>(args[1] ?? "pin", causes, "cause"));
    },
  },
  hold: {
    args: ["backplane"],
    help: "hold a backplane's Wemos in reset",
    run: (control, args) => control.hold(one(args)),
  },
  release: {
    args: ["backplane"],
    help: "let it run again",
    run: (control, args) => control.release(one(args)),
  },
  "hang-backplane": {
    args: ["backplane"],
    help: "hang a backplane's program until its watchdog bites",
    run: (control, args) => control.hangBackplane(one(args)),
  },
  supply: {
    args: ["on|off"],
    help: "switch the 5 V supply of the shack",
    run: (control, args) => control.supply(onOff(one(args))),
  },
  logic: {
    args: ["backplane", "on|off"],
    help: "switch the 3.3 V logic rail of a backplane",
    run: (control, args) => control.logicRail(one(args), onOff(args[1] as string)),
  },
  cut: {
    args: ["net"],
    help: "cut a wire, such as bp1/SCK or bp1/2/PWR_EN",
    run: (control, args) => control.cut(one(args)),
  },
  mend: {
    args: ["net"],
    help: "mend a wire",
    run: (control, args) => control.mend(one(args)),
  },
  nets: {
    args: ["[prefix]"],
    help: "the names of the wires",
    run: (control, args) => ({ lines: control.nets(args[0] ?? "") }),
  },
  truth: {
    args: ["[caddy]"],
    help: "what a voltmeter says",
    run: (control, args) =>
      args[0] === undefined ? { caddies: control.truths() } : control.truth(args[0]),
  },
  edges: {
    args: ["[caddy]"],
    help: "the edges of the power outputs and their times",
    run: (control, args) =>
      args[0] === undefined
        ? { caddies: control.names.map((name) => control.edges(name)) }
        : control.edges(args[0]),
  },
  backplane: {
    args: ["backplane"],
    help: "how a backplane is: rail, resets, outputs",
    run: (control, args) => control.backplaneTruth(one(args)),
  },
  serial: {
    args: ["caddy"],
    help: "what its serial console last said over USB",
    run: (control, args) => ({ lines: control.serial(one(args)) }),
  },
  uart: {
    args: ["caddy"],
    help: "the same at its own pins, also with USB off",
    run: (control, args) => ({ lines: control.uart(one(args)) }),
  },
  ptys: {
    args: ["folder|off"],
    help: "serial ports as pseudo-terminals, for programs outside",
    run: (control, args) => ptys(control, one(args)),
  },
};

function ptys(control: Control, dir: string): unknown {
  if (dir !== "off" && !isAbsolute(dir)) {
    throw new UsageError(`ptys wants the full path of a folder, or off, not "${dir}"`);
  }
  if (control.ptys === null) throw new Error("only a rack on real time has pseudo-terminals");
  return { lines: control.ptys(dir === "off" ? null : dir) };
}

/**
 * Runs one verb. Throws UsageError for words that fit no verb, and what the control side
 * throws.
 */
export function runVerb(
  control: Control,
  name: string,
  args: readonly string[],
  options: VerbOptions,
): unknown {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) {
    throw new UsageError(`no verb "${name}"; there are ${Object.keys(VERBS).join(", ")}`);
  }
  const required = verb.args.filter((arg) => !arg.startsWith("[")).length;
  if (args.length < required || args.length > verb.args.length) {
    const shape = verb.args.map((arg) => (arg.startsWith("[") ? arg : `<${arg}>`)).join(" ");
    throw new UsageError(`usage: ${name} ${shape}`);
  }
  const unknown = Object.keys(options).find((option) => !verb.options?.includes(option));
  if (unknown !== undefined) throw new UsageError(`${name} has no option --${unknown}`);
  return verb.run(control, args, options) ?? null;
}
