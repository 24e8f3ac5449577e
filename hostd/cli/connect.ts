// Options that every verb talking to a running hostd has, and the names it takes.
import type { Command } from "commander";
import { CaddyError } from "../errors.ts";
import { type Selection, selectCaddies } from "../model/select.ts";
import type { CaddyView, StatusView } from "../power/views.ts";
import { HostdClient } from "./client.ts";
import type { CliIo } from "./io.ts";
import { type ConnectOptions, findTarget } from "./locate.ts";

export interface CommonOptions extends ConnectOptions {
  json?: boolean;
}

export function withConnection(verb: Command): Command {
  return verb
    .option("--json", "print JSON")
    .option("--data <DIR>", "data directory of the hostd to talk to")
    .option("--url <URL>", "talk to https://HOST:PORT instead of the Unix socket")
    .option("--token-file <FILE>", "with --url: a file (mode 0600) with user:password")
    .option("--cert-file <FILE>", "with --url: a certificate to trust")
    .option("--http-insecure", "with --url: allow http:// beyond this machine");
}

export async function withClient<T>(
  options: ConnectOptions,
  io: CliIo,
  use: (client: HostdClient) => Promise<T>,
): Promise<T> {
  const client = new HostdClient(findTarget(options, io.env));
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** The caddies that were named. Throws for a wrong name, before anything has changed. */
export function chooseCaddies(patterns: readonly string[], status: StatusView): CaddyView[] {
  const all = status.caddies.map((caddy) => ({ ...caddy, empty: caddy.power === "empty" }));
  const selection: Selection<(typeof all)[number]> = selectCaddies(patterns, all);
  if (selection.ok) return selection.chosen;
  const lines = selection.problems.map(({ pattern, kind, nearest }) => {
    if (kind === "no-match") return `nothing matches ${JSON.stringify(pattern)}`;
    const hint = nearest.length > 0 ? `; did you mean ${nearest.join(" or ")}?` : "";
    return `no caddy ${JSON.stringify(pattern)}${hint}`;
  });
  const only = selection.problems.every(({ kind }) => kind === "no-match");
  const detail = [...lines, ...(patterns.length > 1 ? ["nothing was done"] : [])].join("\n");
  throw new CaddyError(only ? "CADDY_NO_MATCH" : "CADDY_NO_SUCH_CADDY", detail);
}
