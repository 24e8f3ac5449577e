// `hostd console --list`.
import type { ConsoleView } from "../api/schemas-console.ts";
import { EXIT } from "../errors.ts";
import type { StatusView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { type CliIo, json, table } from "./io.ts";

export async function listConsoles(
  client: HostdClient,
  io: CliIo,
  options: { json?: boolean },
): Promise<number> {
  const { caddies } = await client.get<StatusView>("/api/v1/status");
  const consoles: (ConsoleView & { name: string; address: string })[] = [];
  for (const { name, address } of caddies) {
    const view = await client.find<ConsoleView>(`/api/v1/caddies/${name}/console`);
    // A slot without a caddy has no console.
    if (view !== null) consoles.push({ name, address, ...view });
  }
  if (options.json) io.out(json({ consoles }));
  else io.out(table([HEAD, ...consoles.map(row)]));
  return EXIT.done;
}

const HEAD = ["NAME", "SLOT", "LINE", "SETTINGS", "STAGE", "WRITES", "LOOKS", "BYTES"];

function row(view: ConsoleView & { name: string; address: string }): string[] {
  const { line, reason, settings, stage, writer, viewers } = view;
  const state = line === "open" ? line : `${line} (${reason ?? "?"})`;
  const looks = viewers.map(({ user }) => user).join(", ");
  return [
    view.name,
    view.address,
    state,
    `${settings.baud} ${settings.line}`,
    stage,
    writer?.user ?? "-",
    looks === "" ? "-" : looks,
    String(view.end),
  ];
}
