// Sections of shack.yaml whose roles come later (os, network). They are accepted and checked in
// shape now, so that one file serves every version.
import type { Node } from "yaml";
import { NAME_PATTERN, NAME_RULE } from "./names.ts";
import type { Network, Switch, SwitchPort } from "./shack.ts";
import { required } from "./shack-read.ts";
import type { Fields, YamlReader } from "./yaml-reader.ts";

const ROLES = ["caddy", "uplink", "master", "unused"] as const;

export function readOs(r: YamlReader, node: Node | undefined): { library: string } | null {
  const f = r.fields(node, "os", ["library"]);
  if (!f || !required(r, f, "os", "library")) return null;
  const library = r.text(f.get("library"), "os: library", /^\/[^\0]{0,254}$/, "an absolute path");
  return library === null ? null : { library };
}

export function readNetworks(
  r: YamlReader,
  node: Node | undefined,
  into: Map<object, Fields>,
): Network[] {
  const networks: Network[] = [];
  for (const item of r.list(node, "networks", 4094) ?? []) {
    const f = r.fields(item, "a network", ["name", "vid"]);
    if (!f || !required(r, f, "a network", "name") || !required(r, f, "a network", "vid")) continue;
    const name = r.text(f.get("name"), "network: name", NAME_PATTERN, NAME_RULE);
    const vid = r.integer(f.get("vid"), `network ${name ?? "?"}: vid`, 1, 4094);
    if (name === null || vid === null) continue;
    const network = { name, vid };
    networks.push(network);
    into.set(network, f);
  }
  return networks;
}

export function readSwitches(
  r: YamlReader,
  node: Node | undefined,
  into: Map<object, Fields>,
): Switch[] {
  const switches: Switch[] = [];
  for (const item of r.list(node, "switches", 64) ?? []) {
    const f = r.fields(item, "a switch", ["id", "driver", "address", "ports"]);
    if (!f || !required(r, f, "a switch", "id") || !required(r, f, "a switch", "driver")) continue;
    const id = r.text(f.get("id"), "switch: id", NAME_PATTERN, NAME_RULE);
    const what = `switch ${id ?? "?"}`;
    const driver = r.text(f.get("driver"), `${what}: driver`, NAME_PATTERN, NAME_RULE);
    const sw: Switch = { id: id ?? "", driver: driver ?? "", ports: [] };
    if (f.has("address")) {
      const rule = "a host name, an IP address or a device path";
      const address = r.text(f.get("address"), `${what}: address`, /^[!-~]{1,255}$/, rule);
      if (address !== null) sw.address = address;
    }
    const ports = f.has("ports") ? r.list(f.get("ports"), `${what}: ports`, 64) : null;
    for (const port of ports ?? []) readPort(r, port, what, sw, into);
    switches.push(sw);
    into.set(sw, f);
  }
  return switches;
}

function readPort(
  r: YamlReader,
  node: Node,
  what: string,
  sw: Switch,
  into: Map<object, Fields>,
): void {
  const f = r.fields(node, `a port of ${what}`, ["id", "caddy", "role", "protected"]);
  if (!f || !required(r, f, `a port of ${what}`, "id")) return;
  const id = r.text(f.get("id"), `${what}: port: id`, NAME_PATTERN, NAME_RULE);
  const port: SwitchPort = { id: id ?? "", protected: false };
  if (f.has("caddy")) {
    const caddy = r.text(f.get("caddy"), `${what}: port: caddy`, NAME_PATTERN, NAME_RULE);
    if (caddy !== null) port.caddy = caddy;
  }
  if (f.has("role")) {
    const role = r.word(f.get("role"), `${what}: port: role`, ROLES);
    if (role !== null) port.role = role;
  }
  if (f.has("protected")) {
    port.protected = r.flag(f.get("protected"), `${what}: port: protected`) ?? false;
  }
  sw.ports.push(port);
  into.set(port, f);
}
