// What concerns several entries of a shack.yaml at once: duplicates, references, budgets, phases.
import type { Node } from "yaml";
import { nearest, RESERVED_CADDY_NAMES, RESERVED_SHACK_NAMES } from "./names.ts";
import type { Backplane, Caddy, Shack } from "./shack.ts";
import type { ReadShack } from "./shack-read.ts";
import type { Fields, YamlReader } from "./yaml-reader.ts";

const PHASE_MAX_MS = 600_000;
const BUDGET_MAX_MA = 100_000;

/** Reports every problem to the reader and fills in what the file leaves open. */
export function checkShack(r: YamlReader, read: ReadShack): void {
  const { shack, at } = read;
  if (RESERVED_SHACK_NAMES.includes(shack.name)) {
    r.fail(at.shack, `shack: name ${shack.name} is reserved: choose another`);
  }
  checkBackplanes(r, read);
  for (const caddy of shack.caddies) checkPlace(r, read, caddy);
  const caddies = shack.caddies.map((caddy) => ({ caddy, f: at.caddies.get(caddy) }));
  unique(r, caddies, "name", (c) => c.name, "give each caddy its own name");
  unique(r, caddies, "slot", (c) => `${c.backplane}/${c.slot}`, "a slot holds one caddy");
  unique(r, caddies, "mac", (c) => c.mac, "a MAC address belongs to one board");
  unique(r, caddies, "console", (c) => c.console.port ?? undefined, "a port belongs to one caddy");
  unique(r, caddies, "serial", (c) => c.serial, "a serial number belongs to one board");
  checkLater(r, read);
  if (r.problems.length > 0) return;
  fillBudgets(r, read);
  fillPhases(r, read);
  for (const caddy of shack.caddies) checkLimit(r, read, caddy);
}

function unique(
  r: YamlReader,
  entries: readonly { caddy: Caddy; f: Fields | undefined }[],
  key: string,
  of: (caddy: Caddy) => string | undefined,
  hint: string,
): void {
  const seen = new Set<string>();
  for (const { caddy, f } of entries) {
    const value = of(caddy);
    if (value === undefined) continue;
    if (seen.has(value)) r.fail(f?.get(key) ?? f?.node, `${key} ${value} is used twice: ${hint}`);
    seen.add(value);
  }
}

function checkBackplanes(r: YamlReader, { shack, at }: ReadShack): void {
  const ids = new Set<string>();
  const ports = new Set<string>();
  for (const backplane of shack.backplanes) {
    const node = at.backplanes.get(backplane)?.get("id");
    const { usb } = backplane;
    if (usb !== undefined && ports.has(usb)) {
      const portNode = at.backplanes.get(backplane)?.get("usb");
      r.fail(portNode, `usb ${usb} is used twice: a serial port is one backplane's`);
    }
    if (usb !== undefined) ports.add(usb);
    if (ids.has(backplane.id)) r.fail(node, `backplane ${backplane.id} stands here twice`);
    ids.add(backplane.id);
  }
  for (const backplane of shack.backplanes) {
    const owner = slotOwner(shack.backplanes, backplane.id);
    if (owner === null) continue;
    const node = at.backplanes.get(backplane)?.get("id");
    r.fail(node, `backplane ${backplane.id} has the name of slot ${owner}: choose another`);
  }
}

/** The address whose slot would be called `name`; slot numbers above the last count too. */
function slotOwner(backplanes: readonly Backplane[], name: string): string | null {
  const match = /^(.+)-([1-9]\d*)$/.exec(name);
  const owner = match && backplanes.find((backplane) => backplane.id === match[1]);
  return match && owner ? `${owner.id}/${match[2]}` : null;
}

function checkPlace(r: YamlReader, { shack, at }: ReadShack, caddy: Caddy): void {
  const f = at.caddies.get(caddy);
  const address = `${caddy.backplane}/${caddy.slot}`;
  const nameNode = f?.get("name") ?? f?.node;
  const owner = slotOwner(shack.backplanes, caddy.name);
  if (owner !== null && owner !== address) {
    r.fail(nameNode, `caddy ${caddy.name} at ${address} has the name of slot ${owner}`);
  }
  if (shack.backplanes.some((backplane) => backplane.id === caddy.name)) {
    r.fail(nameNode, `caddy ${caddy.name} has the name of a backplane: choose another`);
  }
  if (RESERVED_CADDY_NAMES.includes(caddy.name)) {
    r.fail(nameNode, `caddy name ${caddy.name} is reserved: choose another`);
  }
  const backplane = shack.backplanes.find((b) => b.id === caddy.backplane);
  const what = `caddy ${caddy.name}: slot ${address}`;
  if (!backplane) {
    const ids = shack.backplanes.map((b) => b.id);
    const near = nearest(caddy.backplane, ids, 1)[0] ?? ids.slice(0, 8).join(", ");
    r.fail(f?.get("slot"), `${what}: no backplane ${caddy.backplane} (there is ${near})`);
  } else if (caddy.slot > backplane.slots) {
    const last = `slots 1 to ${backplane.slots}`;
    r.fail(f?.get("slot"), `${what}: backplane ${backplane.id} has ${last}`);
  }
}

function fillBudgets(r: YamlReader, { shack, at }: ReadShack): void {
  const supplyMa = Math.floor(shack.supply.amps * 1000);
  const given = (b: Backplane) => at.backplanes.get(b)?.has("budget_mA") ?? false;
  const open = shack.backplanes.filter((b) => !given(b));
  const givenMa = shack.backplanes.reduce((sum, b) => sum + (given(b) ? b.budgetMa : 0), 0);
  const openSlots = open.reduce((sum, b) => sum + b.slots, 0);
  if (givenMa > supplyMa || (open.length > 0 && supplyMa - givenMa < openSlots)) {
    const first = shack.backplanes.find(given);
    const node = first && at.backplanes.get(first)?.get("budget_mA");
    const left = open.length > 0 ? " and must leave some for the others" : "";
    r.fail(
      node ?? at.supply,
      `the budgets add up to ${givenMa} mA, the supply gives ${supplyMa} mA${left}: ` +
        "lower budget_mA or raise supply: amps",
    );
    return;
  }
  for (const b of open) {
    const shareMa = Math.floor(((supplyMa - givenMa) * b.slots) / openSlots);
    b.budgetMa = Math.min(BUDGET_MAX_MA, shareMa);
  }
}

/** Backplanes take turns: every one has its own phase in a period that is long enough for all. */
function fillPhases(r: YamlReader, { shack, at }: ReadShack): void {
  const staggerMs = Math.max(...shack.backplanes.map((b) => b.staggerMs));
  const periodMs = staggerMs * shack.backplanes.length;
  shack.backplanes.forEach((b, index) => {
    const f = at.backplanes.get(b);
    if (!f?.has("phase_ms")) b.phaseMs = index * staggerMs;
    if (!f?.has("cold_period_ms")) b.coldPeriodMs = periodMs;
    if (b.phaseMs <= PHASE_MAX_MS && b.coldPeriodMs <= PHASE_MAX_MS) return;
    const turns = `${shack.backplanes.length} turns of ${staggerMs} ms`;
    r.fail(f?.node, `backplane ${b.id}: ${turns} take over ${PHASE_MAX_MS} ms: lower stagger_ms`);
  });
}

function checkLimit(r: YamlReader, { shack, at }: ReadShack, caddy: Caddy): void {
  const budgetMa = shack.backplanes.find((b) => b.id === caddy.backplane)?.budgetMa ?? 0;
  if (caddy.limitMa <= budgetMa) return;
  const f = at.caddies.get(caddy);
  r.fail(
    f?.get("limit_mA") ?? f?.get("carrier"),
    `caddy ${caddy.name} may draw ${caddy.limitMa} mA, above the ${budgetMa} mA budget of ` +
      `${caddy.backplane}: it could never be switched on`,
  );
}

function checkLater(r: YamlReader, { shack, at }: ReadShack): void {
  const names = new Set<string>();
  const vids = new Set<number>();
  for (const network of shack.networks) {
    const f = at.networks.get(network);
    if (names.has(network.name))
      r.fail(f?.get("name"), `network ${network.name} stands here twice`);
    if (vids.has(network.vid)) r.fail(f?.get("vid"), `vid ${network.vid} is used twice`);
    names.add(network.name);
    vids.add(network.vid);
  }
  for (const caddy of shack.caddies) {
    const wanted = [caddy.networks?.native ?? [], caddy.networks?.tagged ?? []].flat();
    for (const name of wanted.filter((n) => !names.has(n))) {
      const node = at.caddies.get(caddy)?.get("networks");
      r.fail(node, `caddy ${caddy.name}: no network ${name}: add it to networks`);
    }
  }
  checkSwitches(r, shack, at.switches);
}

function checkSwitches(r: YamlReader, shack: Shack, at: Map<object, Fields>): void {
  const ids = new Set<string>();
  const wired = new Set<string>();
  const known = new Set(shack.caddies.map((caddy) => caddy.name));
  const complain = (entry: object, key: string, message: string) =>
    r.fail((at.get(entry)?.get(key) ?? at.get(entry)?.node) as Node, message);
  for (const sw of shack.switches) {
    if (ids.has(sw.id)) complain(sw, "id", `switch ${sw.id} stands here twice`);
    ids.add(sw.id);
    const ports = new Set<string>();
    for (const port of sw.ports) {
      if (ports.has(port.id)) complain(port, "id", `switch ${sw.id}: port ${port.id} twice`);
      ports.add(port.id);
      if (port.caddy === undefined) continue;
      if (!known.has(port.caddy)) complain(port, "caddy", `no caddy ${port.caddy} in caddies`);
      if (wired.has(port.caddy)) complain(port, "caddy", `caddy ${port.caddy} is on two ports`);
      wired.add(port.caddy);
    }
  }
}
