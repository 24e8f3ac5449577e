import type { Command } from "commander";
import { isoTime } from "../edge/iso-time.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { EventView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { type CommonOptions, withClient, withConnection } from "./connect.ts";
import { type CliIo, json, parseDuration } from "./io.ts";
import type { Finish } from "./program.ts";
import { reasonText } from "./reasons.ts";

interface EventsOptions extends CommonOptions {
  follow?: boolean;
  since?: string;
  caddy?: string;
  limit: string;
}

export function addEvents(program: Command, io: CliIo, finish: Finish): void {
  withConnection(
    program
      .command("events")
      .description("Show what happened: power, faults, commands and who sent them.")
      .option("-f, --follow", "go on with what happens now, until Ctrl-C")
      .option("--since <WHEN>", "only from then on: 10m, 2h, a time (ISO 8601) or an event id")
      .option("--caddy <NAME>", "only of this caddy")
      .option("--limit <N>", "at most so many, 1 to 1000", "50"),
  ).action(async (options: EventsOptions) => {
    const query = new URLSearchParams();
    if (options.since !== undefined) query.set("since", sinceOf(options.since, io));
    if (options.caddy !== undefined) query.set("caddy", options.caddy);
    const limit = Number(options.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
      throw new CaddyError("CADDY_USAGE", `--limit wants 1 to 1000, not ${options.limit}`);
    }
    query.set("limit", String(limit));
    await withClient(options, io, (client) => show(client, io, options, query));
    finish(EXIT.done);
  });
}

/** A duration counts back from now; anything else goes to hostd as it is. */
function sinceOf(text: string, io: CliIo): string {
  if (/^\d+$/.test(text)) return text;
  const agoMs = parseDuration(text);
  return agoMs === null ? text : isoTime(io.clock.wallMs() - agoMs);
}

async function show(
  client: HostdClient,
  io: CliIo,
  options: EventsOptions,
  query: URLSearchParams,
): Promise<void> {
  const { events } = await client.get<{ events: EventView[] }>(`/api/v1/events?${query}`);
  if (options.json && !options.follow) return io.out(json({ events }));
  // Followed events are one JSON object per line, so that a pipe can read them as they come.
  const print = (event: EventView) =>
    io.out(options.json ? JSON.stringify(event) : eventText(event));
  for (const event of events) print(event);
  if (!options.follow) return;
  const abort = new AbortController();
  void io.interrupted.then(() => abort.abort());
  let lastId = events.at(-1)?.id ?? (await newestId(client));
  const path = options.caddy
    ? `/api/v1/events?caddy=${encodeURIComponent(options.caddy)}`
    : "/api/v1/events";
  await client.follow(
    path,
    ({ id, data }) => {
      if (id === null || Number(id) <= lastId) return;
      lastId = Number(id);
      print(data as EventView);
    },
    { signal: abort.signal, lastEventId: String(lastId) },
  );
  if (!abort.signal.aborted) throw new CaddyError("CADDY_UNREACHABLE", "hostd ended the stream");
}

async function newestId(client: HostdClient): Promise<number> {
  const { events } = await client.get<{ events: EventView[] }>("/api/v1/events?limit=1");
  return events.at(-1)?.id ?? 0;
}

export function eventText(event: EventView): string {
  const { at, type, caddy, backplane, actor, data } = event;
  const where = caddy ?? backplane ?? "hostd";
  const who = actor === null ? "" : `  by ${actor}`;
  const what = dataText(type, data);
  return `${at}  ${type.padEnd(17)}  ${where.padEnd(8)}  ${what}${who}`.trimEnd();
}

function dataText(type: string, data: Record<string, unknown>): string {
  const reason = typeof data.reason === "string" ? `: ${reasonText(data.reason)}` : "";
  const line = data.line ? `, line ${data.line}` : "";
  const what = `${data.kind ?? "command"} ${data.action ?? data.verb}`;
  switch (type) {
    case "caddy.power":
      return `${data.from} -> ${data.to}`;
    case "caddy.fault":
      return data.fault === null ? "cleared" : String(data.fault);
    case "caddy.presence":
      return data.present ? "inserted" : "pulled";
    case "command.sent":
      return `${data.kind} ${data.action} (${data.id})`;
    case "command.ended":
      return `${what} ${data.state} (${data.id})${reason}`;
    case "backplane.config":
      return `rev ${data.rev ?? "-"} ${data.result}${reason}${line}`;
    case "backplane.online":
      return data.module ? `module ${data.module}` : "";
    default:
      return reason.replace(/^: /, "");
  }
}
