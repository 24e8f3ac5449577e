import type { Command } from "commander";
import type { AuditView } from "../api/schemas.ts";
import { isoTime } from "../edge/iso-time.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { EventView, StatusView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { type CommonOptions, chooseCaddies, withClient, withConnection } from "./connect.ts";
import { auditText, eventText } from "./event-text.ts";
import { type CliIo, json, parseDuration } from "./io.ts";
import type { Finish } from "./program.ts";

/** What hostd answers at most; one more than `--limit` shows whether there are older ones. */
const LIST_MAX = 1000;

interface EventsOptions extends CommonOptions {
  follow?: boolean;
  audit?: boolean;
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
      .option("--caddy <NAME>", "only of this caddy: its name or address")
      .option("--limit <N>", "the newest so many, 1 to 1000", "50")
      .option("--audit", "the audit trail instead: every command, its sender and its end"),
  ).action(async (options: EventsOptions) => {
    const limit = Number(options.limit);
    if (!Number.isInteger(limit) || limit < 1 || limit > LIST_MAX) {
      throw new CaddyError("CADDY_USAGE", `--limit wants 1 to 1000, not ${options.limit}`);
    }
    if (options.audit && (options.follow || options.since !== undefined)) {
      throw new CaddyError("CADDY_USAGE", "--audit goes with --caddy and --limit only");
    }
    await withClient(options, io, async (client) => {
      const caddy = options.caddy === undefined ? null : await caddyName(client, options.caddy);
      if (options.audit) await showAudit(client, io, options, caddy, limit);
      else await show(client, io, options, caddy, limit);
    });
    finish(EXIT.done);
  });
}

/** A name or an address; an event is of one caddy, so patterns are for other verbs. */
async function caddyName(client: HostdClient, word: string): Promise<string> {
  const status = await client.get<StatusView>("/api/v1/status");
  if (status.backplanes.some(({ id }) => id === word)) {
    const detail = `${word} is a backplane; --caddy wants one caddy, such as ${word}/1`;
    throw new CaddyError("CADDY_USAGE", `${detail} (other verbs take '${word}/*')`);
  }
  const [first, second] = chooseCaddies([word], status);
  if (first && !second) return first.name;
  throw new CaddyError("CADDY_USAGE", `--caddy wants one caddy, ${word} means several`);
}

function pathOf(route: string, query: Record<string, string | null>): string {
  const given = Object.entries(query).filter((one): one is [string, string] => one[1] !== null);
  return `/api/v1/${route}?${new URLSearchParams(given)}`;
}

async function showAudit(
  client: HostdClient,
  io: CliIo,
  options: EventsOptions,
  caddy: string | null,
  limit: number,
): Promise<void> {
  const path = pathOf("audit", { caddy, limit: String(limit) });
  const { audit } = await client.get<{ audit: AuditView[] }>(path);
  if (options.json) return io.out(json({ audit }));
  for (const entry of audit) io.out(auditText(entry));
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
  caddy: string | null,
  limit: number,
): Promise<void> {
  const since = options.since === undefined ? null : sinceOf(options.since, io);
  // With --since a person wants all of it, so what --limit cuts off must be told: ask for more.
  const asked = since === null ? limit : LIST_MAX;
  const path = pathOf("events", { since, caddy, limit: String(asked) });
  const { events: found } = await client.get<{ events: EventView[] }>(path);
  const events = found.slice(-limit);
  if (since !== null) tellOlder(found.length, limit, io);
  if (options.json && !options.follow) return io.out(json({ events }));
  // Followed events are one JSON object per line, so that a pipe can read them as they come.
  const print = (event: EventView) =>
    io.out(options.json ? JSON.stringify(event) : eventText(event));
  for (const event of events) print(event);
  if (options.follow) await follow(client, io, caddy, print, events.at(-1)?.id ?? null);
}

/** `found`: at most LIST_MAX, which says that there may be any number more. */
function tellOlder(found: number, limit: number, io: CliIo): void {
  const hidden = found - limit;
  const more = found >= LIST_MAX;
  if (hidden > 0) {
    const count = `${hidden}${more ? " or more" : ""}`;
    io.err(`hostd: ${count} older ones not shown; --limit shows more`);
  } else if (more) io.err("hostd: there may be older ones that are not shown");
}

async function follow(
  client: HostdClient,
  io: CliIo,
  caddy: string | null,
  print: (event: EventView) => void,
  shownId: number | null,
): Promise<void> {
  const abort = new AbortController();
  void io.interrupted.then(() => abort.abort());
  let lastId = shownId ?? (await newestId(client));
  await client.follow(
    pathOf("events", { caddy }),
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
