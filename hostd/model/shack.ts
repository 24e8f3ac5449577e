// The domain as shack.yaml tells it (DESIGN 9): types, parser and the questions others ask of it.

import type { LineSettings } from "../consoles/types.ts";
import { slotAddress, slotName } from "./names.ts";
import { checkShack } from "./shack-check.ts";
import { readShack } from "./shack-read.ts";
import type { Carrier, Policy } from "./words.ts";
import { type Problem, YamlReader } from "./yaml-reader.ts";

export { defaultShackYaml } from "./default-shack.ts";
export { CARRIERS, type Carrier, POLICIES, type Policy } from "./words.ts";

export interface Backplane {
  id: string;
  /** 1 to 4 */
  slots: number;
  staggerMs: number;
  budgetMa: number;
  phaseMs: number;
  coldPeriodMs: number;
  /** The serial port of its Wemos on the master Pi, such as /dev/serial/by-path/... */
  usb?: string;
}

export interface PowerOn {
  order: number;
  delayMs: number;
  restore: Policy;
  insert: Policy;
}

export interface Caddy {
  name: string;
  backplane: string;
  /** from 1 */
  slot: number;
  carrier: Carrier;
  serial?: string;
  /** lower case, with colons */
  mac?: string;
  /** What `hostd apply` would make it; `hostd up` never acts on it. */
  power?: "on" | "off";
  os?: string;
  networks?: { native?: string; tagged: string[] };
  powerOn: PowerOn;
  offMs: number;
  shutdownTimeoutMs: number;
  limitMa: number;
  console: CaddyConsole;
}

/** How a caddy's serial console is reached. */
export interface CaddyConsole {
  /** Its USB port as `/dev/serial/by-path` names it; null: not mapped yet. */
  port: string | null;
  line: LineSettings;
}

/** How much of every console is kept. */
export interface ConsoleKeeping {
  mib: number;
  days: number;
  /** What was typed, too. */
  input: boolean;
}

export interface Network {
  name: string;
  vid: number;
}

export interface SwitchPort {
  id: string;
  caddy?: string;
  role?: "caddy" | "uplink" | "master" | "unused";
  protected: boolean;
}

export interface Switch {
  id: string;
  driver: string;
  address?: string;
  ports: SwitchPort[];
}

export interface Shack {
  version: 1;
  name: string;
  /** `embedded`, or an mqtt:// or mqtts:// URL without a password. */
  broker: string;
  supply: { volts: number; amps: number };
  backplanes: Backplane[];
  caddies: Caddy[];
  os: { library: string } | null;
  consoles: ConsoleKeeping;
  networks: Network[];
  switches: Switch[];
}

/** One slot of the shack, whether or not shack.yaml names a caddy for it. */
export interface Place {
  /** The caddy's name, else `bp1-2`. */
  name: string;
  /** `bp1/2` */
  address: string;
  backplane: string;
  slot: number;
  caddy: Caddy | null;
}

/** What is wrong with a shack.yaml: every problem, each with its place. */
export class ShackError extends Error {
  readonly fileName: string;
  readonly problems: readonly Problem[];

  constructor(fileName: string, problems: readonly Problem[]) {
    super(problems.map((p) => `${fileName}:${p.line}:${p.column}: ${p.message}`).join("\n"));
    this.name = "ShackError";
    this.fileName = fileName;
    this.problems = problems;
  }
}

/**
 * Reads a whole shack.yaml. Everything optional is filled in: budgets with the supply's share by
 * slots, phases so that the cold starts of all backplanes interleave. Throws ShackError with every
 * problem found, in the order of the file.
 */
export function parseShack(text: string, fileName: string): Shack {
  const reader = new YamlReader(text);
  // A file that is not YAML would only produce follow-up complaints.
  const shack = reader.problems.length > 0 ? null : readShack(reader);
  if (shack && reader.problems.length === 0) checkShack(reader, shack);
  if (reader.problems.length > 0 || !shack) {
    const sorted = [...reader.problems].sort((a, b) => a.line - b.line || a.column - b.column);
    throw new ShackError(fileName, sorted);
  }
  return shack.shack;
}

/** Every slot of the shack in order of address. */
export function places(shack: Shack): Place[] {
  const byAddress = new Map(shack.caddies.map((c) => [slotAddress(c.backplane, c.slot), c]));
  return shack.backplanes.flatMap((backplane) =>
    Array.from({ length: backplane.slots }, (_, i) => {
      const slot = i + 1;
      const address = slotAddress(backplane.id, slot);
      const caddy = byAddress.get(address) ?? null;
      const name = caddy?.name ?? slotName(backplane.id, slot);
      return { name, address, backplane: backplane.id, slot, caddy };
    }),
  );
}

/** The base topic of a backplane. */
export function baseTopic(shack: Shack, backplane: string): string {
  return `caddyshack/${shack.name}/${backplane}`;
}
