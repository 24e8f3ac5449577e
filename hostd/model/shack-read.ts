// Reads the sections of a shack.yaml into the domain types. Values of one entry are checked here;
// what concerns several entries at once is checked in shack-check.ts.
import type { Node } from "yaml";
import { NAME_PATTERN, NAME_RULE, slotName } from "./names.ts";
import type { Backplane, Caddy, PowerOn, Shack } from "./shack.ts";
import { KEEP_DEFAULT, readConsole, readKeeping } from "./shack-read-consoles.ts";
import { readNetworks, readOs, readSwitches } from "./shack-read-later.ts";
import { CARRIERS, type Carrier, POLICIES } from "./words.ts";
import type { Fields, YamlReader } from "./yaml-reader.ts";

export const BACKPLANES_MAX = 1024;
export const SLOTS_MAX = 4;
const BUDGET_MAX_MA = 100_000;
const ADDRESS = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?\/[1-9]\d{0,2}$/;
const PORT = /^\/[A-Za-z0-9._:@+,/-]{1,250}$/;
const MAC = /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/;
const SERIAL = /^[A-Za-z0-9._-]{1,32}$/;
const BROKER = /^(embedded|mqtts?:\/\/(?:[^\s/:@]+@)?[^\s/:@]+(:\d{1,5})?\/?)$/;

/** What a carrier may draw at most when shack.yaml does not say; a Pi 5 is the hungry one. */
const LIMIT_MA: Record<Carrier, number> = {
  pi3: 2500,
  pi4: 3000,
  pi5: 5000,
  cm4: 3000,
  hc1: 4000,
  switch: 2000,
  router: 2500,
};

/** The shack and where its entries stood. */
export interface ReadShack {
  shack: Shack;
  at: {
    shack: Node;
    supply: Node;
    backplanes: Map<Backplane, Fields>;
    caddies: Map<Caddy, Fields>;
    networks: Map<object, Fields>;
    switches: Map<object, Fields>;
  };
}

const TOP = [
  "version",
  "shack",
  "backplanes",
  "caddies",
  "os",
  "consoles",
  "networks",
  "switches",
] as const;

export function readShack(r: YamlReader): ReadShack | null {
  const top = r.fields(r.root, "the file", TOP);
  if (!top) return null;
  for (const key of ["version", "shack", "backplanes"]) required(r, top, "the file", key);
  if (top.has("version")) r.integer(top.get("version"), "version", 1, 1);
  const head = top.has("shack") ? readHead(r, top.get("shack")) : null;
  const backplanes = new Map<Backplane, Fields>();
  const caddies = new Map<Caddy, Fields>();
  const networks = new Map<object, Fields>();
  const switches = new Map<object, Fields>();
  const nodes = top.has("backplanes")
    ? r.list(top.get("backplanes"), "backplanes", BACKPLANES_MAX)
    : null;
  if (nodes?.length === 0) r.fail(top.get("backplanes"), "backplanes must name at least one");
  for (const node of nodes ?? []) readBackplane(r, node, backplanes);
  if (top.has("caddies")) {
    const list = r.list(top.get("caddies"), "caddies", BACKPLANES_MAX * SLOTS_MAX);
    for (const node of list ?? []) readCaddy(r, node, caddies);
  }
  const os = top.has("os") ? readOs(r, top.get("os")) : null;
  const consoles = top.has("consoles") ? readKeeping(r, top.get("consoles")) : KEEP_DEFAULT;
  const nets = top.has("networks") ? readNetworks(r, top.get("networks"), networks) : [];
  const sw = top.has("switches") ? readSwitches(r, top.get("switches"), switches) : [];
  if (!head) return null;
  const shack: Shack = {
    version: 1,
    name: head.name,
    broker: head.broker,
    supply: head.supply,
    backplanes: [...backplanes.keys()],
    caddies: [...caddies.keys()],
    os,
    consoles,
    networks: nets,
    switches: sw,
  };
  const at = { shack: head.node, supply: head.supplyNode, backplanes, caddies, networks, switches };
  return { shack, at };
}

export function required(r: YamlReader, fields: Fields, what: string, key: string): boolean {
  if (fields.has(key)) return true;
  r.fail(fields.node, `${what} needs the key ${key}`);
  return false;
}

/** A whole number with a default. */
function int(
  r: YamlReader,
  f: Fields,
  what: string,
  key: string,
  range: readonly [min: number, max: number, otherwise: number],
): number {
  if (!f.has(key)) return range[2];
  return r.integer(f.get(key), `${what}: ${key}`, range[0], range[1]) ?? range[2];
}

function readHead(r: YamlReader, node: Node | undefined) {
  const f = r.fields(node, "shack", ["name", "broker", "supply"]);
  if (!f) return null;
  const name = required(r, f, "shack", "name")
    ? r.text(f.get("name"), "shack: name", NAME_PATTERN, NAME_RULE)
    : null;
  const rule = "embedded, or mqtt://host:port (the password belongs in a file, never in here)";
  const broker = f.has("broker") ? r.text(f.get("broker"), "shack: broker", BROKER, rule) : null;
  const s = required(r, f, "shack", "supply")
    ? r.fields(f.get("supply"), "shack: supply", ["volts", "amps"])
    : null;
  if (s) for (const key of ["volts", "amps"]) required(r, s, "shack: supply", key);
  const volts = s?.has("volts") ? r.number(s.get("volts"), "supply: volts", 4.5, 5.5) : null;
  const amps = s?.has("amps") ? r.number(s.get("amps"), "supply: amps", 0.1, 100_000) : null;
  const supply = { volts: volts ?? 5, amps: amps ?? 1 };
  const nameNode = f.get("name") ?? f.node;
  const supplyNode = f.get("supply") ?? f.node;
  return { name: name ?? "", broker: broker ?? "embedded", supply, node: nameNode, supplyNode };
}

const BACKPLANE_KEYS = [
  "id",
  "slots",
  "stagger_ms",
  "budget_mA",
  "phase_ms",
  "cold_period_ms",
  "usb",
] as const;

function readBackplane(r: YamlReader, node: Node, into: Map<Backplane, Fields>): void {
  const f = r.fields(node, "a backplane", BACKPLANE_KEYS);
  if (!f || !required(r, f, "a backplane", "id")) return;
  const id = r.text(f.get("id"), "backplane: id", NAME_PATTERN, NAME_RULE);
  const what = `backplane ${id ?? "?"}`;
  required(r, f, what, "slots");
  const backplane: Backplane = {
    id: id ?? "",
    slots: int(r, f, what, "slots", [1, SLOTS_MAX, 1]),
    staggerMs: int(r, f, what, "stagger_ms", [0, 60_000, 500]),
    // 0 stands for "not given" until shack-check.ts fills in the share.
    budgetMa: int(r, f, what, "budget_mA", [0, BUDGET_MAX_MA, 0]),
    phaseMs: int(r, f, what, "phase_ms", [0, 600_000, 0]),
    coldPeriodMs: int(r, f, what, "cold_period_ms", [0, 600_000, 0]),
  };
  const port = "the path of a serial port, such as /dev/serial/by-path/...";
  const usb = f.has("usb") ? r.text(f.get("usb"), `${what}: usb`, PORT, port) : null;
  if (usb !== null) backplane.usb = usb;
  into.set(backplane, f);
}

const CADDY_KEYS = [
  "name",
  "slot",
  "carrier",
  "serial",
  "mac",
  "power",
  "os",
  "networks",
  "power_on",
  "off_ms",
  "shutdown_timeout_ms",
  "limit_mA",
  "console",
] as const;

function readCaddy(r: YamlReader, node: Node, into: Map<Caddy, Fields>): void {
  const f = r.fields(node, "a caddy", CADDY_KEYS);
  if (!f) return;
  const name = f.has("name") ? r.text(f.get("name"), "caddy: name", NAME_PATTERN, NAME_RULE) : null;
  const what = name === null ? "a caddy" : `caddy ${name}`;
  const hasSlot = required(r, f, what, "slot");
  const hasCarrier = required(r, f, what, "carrier");
  const rule = "an address like bp1/2: backplane, slash, slot from 1";
  const address = hasSlot ? r.text(f.get("slot"), `${what}: slot`, ADDRESS, rule) : null;
  const carrier = hasCarrier
    ? (r.word(f.get("carrier"), `${what}: carrier`, CARRIERS) ?? "pi4")
    : "pi4";
  const [backplane = "", slot = "0"] = (address ?? "").split("/");
  const caddy: Caddy = {
    name: name ?? slotName(backplane, Number(slot)),
    backplane,
    slot: Number(slot),
    carrier,
    powerOn: readPowerOn(r, f, what),
    offMs: int(r, f, what, "off_ms", [0, 600_000, 5000]),
    shutdownTimeoutMs: int(r, f, what, "shutdown_timeout_ms", [0, 3_600_000, 60_000]),
    limitMa: int(r, f, what, "limit_mA", [0, 20_000, LIMIT_MA[carrier]]),
    console: readConsole(r, f, what),
  };
  readIdentity(r, f, what, caddy);
  into.set(caddy, f);
}

function readIdentity(r: YamlReader, f: Fields, what: string, caddy: Caddy): void {
  if (f.has("serial")) {
    const rule = "1 to 32 letters, digits, dots, _ or -";
    const serial = r.text(f.get("serial"), `${what}: serial`, SERIAL, rule);
    if (serial !== null) caddy.serial = serial.toLowerCase();
  }
  if (f.has("mac")) {
    const mac = r.text(f.get("mac"), `${what}: mac`, MAC, "a MAC address like dc:a6:32:00:00:01");
    if (mac !== null) caddy.mac = mac.toLowerCase();
  }
  if (f.has("power")) {
    const power = r.word(f.get("power"), `${what}: power`, ["on", "off"] as const);
    if (power !== null) caddy.power = power;
  }
  if (f.has("os")) {
    const os = r.text(f.get("os"), `${what}: os`, NAME_PATTERN, `the name of an OS: ${NAME_RULE}`);
    if (os !== null) caddy.os = os;
  }
  if (f.has("networks")) readCaddyNetworks(r, f.get("networks"), what, caddy);
}

function readCaddyNetworks(r: YamlReader, node: Node | undefined, what: string, caddy: Caddy) {
  const f = r.fields(node, `${what}: networks`, ["native", "tagged"]);
  if (!f) return;
  const rule = `the name of a network: ${NAME_RULE}`;
  const native = f.has("native")
    ? r.text(f.get("native"), `${what}: networks: native`, NAME_PATTERN, rule)
    : null;
  const tagged: string[] = [];
  const list = f.has("tagged") ? r.list(f.get("tagged"), `${what}: networks: tagged`, 64) : null;
  for (const item of list ?? []) {
    const name = r.text(item, `${what}: networks: tagged`, NAME_PATTERN, rule);
    if (name !== null) tagged.push(name);
  }
  caddy.networks = { tagged, ...(native === null ? {} : { native }) };
}

function readPowerOn(r: YamlReader, caddy: Fields, caddyWhat: string): PowerOn {
  const powerOn: PowerOn = { order: 0, delayMs: 0, restore: "last", insert: "last" };
  if (!caddy.has("power_on")) return powerOn;
  const what = `${caddyWhat}: power_on`;
  const f = r.fields(caddy.get("power_on"), what, ["order", "delay_ms", "restore", "insert"]);
  if (!f) return powerOn;
  powerOn.order = int(r, f, what, "order", [0, 255, 0]);
  powerOn.delayMs = int(r, f, what, "delay_ms", [0, 600_000, 0]);
  for (const key of ["restore", "insert"] as const) {
    if (f.has(key)) powerOn[key] = r.word(f.get(key), `${what}: ${key}`, POLICIES) ?? "last";
  }
  return powerOn;
}
