// `hostd flash --list`: the serial ports of this machine, and what answers at those that are a
// backplane's or were asked for. No other port is opened: it may be a caddy's console.
import { CaddyError } from "../errors.ts";
import { lookAt } from "../flashing/flash.ts";
import type { BackplanePort } from "../flashing/kit.ts";
import { FlashPort } from "../flashing/port.ts";
import type { Serial } from "../flashing/serial.ts";
import { withClient } from "./connect.ts";
import { baudOf, type FlashOptions, portOf } from "./flash-options.ts";
import type { CliIo } from "./io.ts";

export interface PortRow {
  port: string;
  usb_id: string | null;
  /** Whose port shack.yaml says it is. */
  backplane: string | null;
  asked: boolean;
  mac: string | null;
  /** Whose configuration the chip has. */
  account: string | null;
  module_sequence: number | null;
  /** Why nothing is known of it, as an error code and in words. */
  error: { code: string; detail: string } | null;
}

/** hostd is asked whose ports there are; without it only --port is looked at. */
export async function listPorts(
  options: FlashOptions,
  io: CliIo,
): Promise<{ rows: PortRow[]; unreachable: string | null }> {
  const baud = baudOf(options.baud);
  const given = portOf(options, io);
  const serial = await io.serial();
  const { owners, unreachable } = await ownersOf(options, io);
  const ids = new Map((await serial.list()).map(({ path, usbId }) => [path, usbId]));
  const named = [...owners.flatMap(({ usb }) => usb ?? []), ...(given === null ? [] : [given])];
  const paths = new Set([...named.map((path) => serial.realPath(path)), ...ids.keys()]);
  const rows: PortRow[] = [];
  for (const path of [...paths].sort()) {
    const owner = owners.find(({ usb }) => usb !== null && serial.realPath(usb) === path);
    const name = named.find((one) => serial.realPath(one) === path);
    const head = { port: path, usb_id: ids.get(path) ?? null, backplane: owner?.backplane ?? null };
    const nothing = { mac: null, account: null, module_sequence: null, error: null };
    if (name === undefined) rows.push({ ...head, asked: false, ...nothing });
    else rows.push({ ...head, asked: true, ...nothing, ...(await ask(name, serial, io, baud)) });
  }
  return { rows, unreachable };
}

async function ownersOf(
  options: FlashOptions,
  io: CliIo,
): Promise<{ owners: BackplanePort[]; unreachable: string | null }> {
  const path = "/api/v1/backplanes/ports";
  try {
    const { ports } = await withClient(options, io, (client) =>
      client.get<{ ports: BackplanePort[] }>(path),
    );
    return { owners: ports, unreachable: null };
  } catch (error) {
    if (!(error instanceof CaddyError) || error.code !== "CADDY_UNREACHABLE") throw error;
    return { owners: [], unreachable: error.message };
  }
}

async function ask(
  path: string,
  { binding, linesBeside }: Serial,
  io: CliIo,
  baud: number,
): Promise<Partial<PortRow>> {
  const port = new FlashPort({ path, binding, clock: io.clock, linesBeside });
  try {
    const { chip, found } = await lookAt(port, io.clock, baud);
    const account = found.config?.config.account ?? null;
    const running = found.running === null ? null : found.slots[found.running].slot;
    return { mac: chip.mac, account, module_sequence: running?.header.sequence ?? null };
  } catch (error) {
    if (!(error instanceof CaddyError)) throw error;
    return { error: { code: error.code, detail: error.message } };
  }
}

/** Rows for people. */
export function portTable(rows: readonly PortRow[]): string[][] {
  const head = ["PORT", "USB", "SHACK.YAML", "ANSWERS"];
  return [
    head,
    ...rows.map((row) => [row.port, row.usb_id ?? "-", row.backplane ?? "-", said(row)]),
  ];
}

function said({ asked, error, mac, account, module_sequence }: PortRow): string {
  if (!asked) return "not asked";
  if (error) return error.detail;
  const module = module_sequence === null ? "no module" : `module ${module_sequence}`;
  return account === null ? `${mac}, not configured` : `${mac}, ${account}, ${module}`;
}
