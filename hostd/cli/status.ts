import type { Command } from "commander";
import { EXIT } from "../errors.ts";
import type { BackplaneView, CaddyView, StatusView } from "../power/views.ts";
import { type CommonOptions, chooseCaddies, withClient, withConnection } from "./connect.ts";
import { type CliIo, json, table } from "./io.ts";
import type { Finish } from "./program.ts";

export function addStatus(program: Command, io: CliIo, finish: Finish): void {
  withConnection(
    program
      .command("status")
      .description("Show every caddy and backplane, or the named caddies.")
      .argument("[name...]", "caddies: names, addresses or quoted patterns"),
  ).action(async (patterns: string[], options: CommonOptions) => {
    const whole = await withClient(options, io, (c) => c.get<StatusView>("/api/v1/status"));
    const caddies = patterns.length > 0 ? chooseCaddies(patterns, whole) : whole.caddies;
    const status = { ...whole, caddies: caddies.map(plain) };
    io.out(options.json ? json(status) : statusText(status, patterns.length === 0));
    finish(EXIT.done);
  });
}

/** Without what only the selection needs. */
function plain({ ...caddy }: CaddyView & { empty?: boolean }): CaddyView {
  delete caddy.empty;
  return caddy;
}

export function statusText(status: StatusView, whole: boolean): string {
  const { shack, caddies, backplanes } = status;
  const rows = [
    ["NAME", "ADDRESS", "CARRIER", "POWER", "GOOD", "USB", "LOCATE", "CURRENT", "FAULT"],
  ];
  for (const caddy of caddies) rows.push(caddyRow(caddy));
  if (!whole) return table(rows);
  const online = caddies.filter((caddy) => caddy.online).length;
  const up = backplanes.filter((backplane) => backplane.online).length;
  const head =
    `${shack}: ${online} of ${caddies.length} caddies online, ` +
    `${up} of ${backplanes.length} backplanes`;
  const boards = [["BACKPLANE", "ONLINE", "SLOTS", "BOARD", "MODULE", "CONFIG", "RESET"]];
  for (const backplane of backplanes) boards.push(backplaneRow(backplane));
  return [head, "", table(rows), "", table(boards)].join("\n");
}

const flag = (value: boolean | null) => (value === null ? "-" : value ? "yes" : "no");
const onOff = (value: boolean | null) => (value === null ? "-" : value ? "on" : "off");

function caddyRow(caddy: CaddyView): string[] {
  return [
    caddy.name,
    caddy.address,
    caddy.carrier ?? "-",
    caddy.power,
    flag(caddy.pgood),
    onOff(caddy.usb),
    onOff(caddy.identify),
    caddy.mA === null ? "-" : `${caddy.mA} mA`,
    caddy.fault ?? "-",
  ];
}

function backplaneRow({ id, online, slots, module, info, config_rev }: BackplaneView): string[] {
  const text = (key: string) => (typeof info?.[key] === "string" ? String(info[key]) : "-");
  const config = config_rev === null ? "-" : `rev ${config_rev}`;
  return [id, flag(online), String(slots), text("board"), module ?? "-", config, text("reset")];
}
