// Consoles over plain HTTP: what they are, their history, and sending to them from programs.

import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { type Expectation, parseExpectation } from "../consoles/core/expect.ts";
import { castOf, jsonOf, textOf } from "../consoles/history/export.ts";
import {
  ALL_LINES,
  type HistoryLine,
  historyLines,
  type LineOptions,
  tail,
} from "../consoles/history/lines.ts";
import { parseLine } from "../consoles/line-settings.ts";
import { sendAndExpect, sendBreak, TIMEOUT_DEFAULT_MS } from "../consoles/send.ts";
import type { CaddyConsole } from "../consoles/service.ts";
import type { HistoryRecord, Viewer } from "../consoles/types.ts";
import { parseIsoTime } from "../edge/iso-time.ts";
import { randomId } from "../edge/random.ts";
import { CaddyError } from "../errors.ts";
import type { Who } from "./auth.ts";
import { needConsoles, needRole } from "./console-access.ts";
import { settingsView, viewerView } from "./console-door.ts";
import type { Api, ApiContext } from "./context.ts";
import { Problem } from "./schemas.ts";
import {
  BreakBody,
  ConsoleInfo,
  type ConsoleView,
  LogQuery,
  type LogRequest,
  NameParams,
  Nothing,
  SendBody,
  type SendRequest,
  SendResult,
  SettingsBody,
} from "./schemas-console.ts";

const BREAK_MS = 300;
const CONTENT_TYPES = {
  text: "text/plain; charset=utf-8",
  json: "application/x-ndjson",
  cast: "application/x-asciicast",
} as const;
const problems = { 403: Problem, 404: Problem, 409: Problem, 503: Problem };
const at = "/api/v1/caddies/:name/console";

export function consoleRoutes(app: Api, context: ApiContext): void {
  const of = (name: string): CaddyConsole => needConsoles(context).of(name);

  app.get(
    at,
    { schema: { params: NameParams, response: { 200: ConsoleInfo, 404: Problem } } },
    async (request) => consoleView(of(request.params.name), context, request),
  );

  app.get(
    `${at}/log`,
    { schema: { params: NameParams, querystring: LogQuery } },
    async (request, reply) => {
      const { query } = request;
      reply.type(
        query.raw === "true" ? "application/octet-stream" : CONTENT_TYPES[formatOf(query)],
      );
      const parts = await logParts(of(request.params.name), query);
      return reply.send(Readable.from(parts));
    },
  );

  app.post(
    `${at}/send`,
    {
      schema: {
        params: NameParams,
        body: SendBody,
        response: { 200: SendResult, 408: Problem, ...problems },
      },
    },
    async (request) => {
      const viewer = viewerOf(needRole(request.who, "operator"), context);
      const one = of(request.params.name);
      return sendAndExpect(one, viewer, context.clock, sendOptions(request.body));
    },
  );

  app.post(
    `${at}/break`,
    { schema: { params: NameParams, body: BreakBody, response: { 204: Nothing, ...problems } } },
    async (request, reply) => {
      const viewer = viewerOf(needRole(request.who, "operator"), context);
      const { ms = BREAK_MS, sysrq: key = null } = request.body;
      await sendBreak(of(request.params.name), viewer, context.clock, { ms, key });
      return reply.code(204).send(null);
    },
  );

  app.put(
    `${at}/settings`,
    {
      schema: {
        params: NameParams,
        body: SettingsBody,
        response: { 200: ConsoleInfo, ...problems },
      },
    },
    async (request) => {
      needRole(request.who, "operator");
      const one = of(request.params.name);
      one.line.use(parseLine(request.body.line, request.body.baud));
      return consoleView(one, context, request);
    },
  );
}

function viewerOf(who: Who, { clock }: ApiContext): Viewer {
  const { user, role } = who;
  return { id: randomId(10), user, role, via: "api", sinceWallMs: clock.wallMs() };
}

function consoleView(one: CaddyConsole, context: ApiContext, request: FastifyRequest): ConsoleView {
  const { console, history, watch, caddy } = one;
  const { line, reason } = console.line;
  const { writer } = console;
  const { web, ssh } = context.ways();
  const channel = context.channelOf(request.raw.socket);
  const base = channel === "unix" ? web : `${channel}://${request.headers.host ?? "localhost"}/`;
  const api = `api/v1/caddies/${caddy.name}/console`;
  return {
    line,
    reason,
    settings: settingsView(console.line),
    writer: writer === null ? null : viewerView(writer),
    viewers: console.viewers.map(viewerView),
    first: history.first,
    end: history.end,
    stage: watch.stage,
    urls: {
      page: `${base}#/console/${caddy.name}`,
      websocket: `${base.replace(/^http/, "ws")}${api}/ws`,
      log: `${base}${api}/log`,
      ssh: ssh === null ? null : `ssh://${caddy.name}@${ssh}`,
      command: `hostd console ${caddy.name}`,
    },
  };
}

const formatOf = ({ format }: LogRequest): "text" | "json" | "cast" => format ?? "text";

/** An offset, or a time; throws CADDY_BAD_REQUEST. */
function bound(text: string | undefined, which: "from" | "to"): Partial<LineOptions> {
  if (text === undefined) return {};
  if (/^\d{1,15}$/.test(text)) return { [which]: Number(text) };
  const wallMs = parseIsoTime(text);
  if (wallMs !== null) return which === "from" ? { fromWallMs: wallMs } : { toWallMs: wallMs };
  const rule = "an offset, or a time in ISO 8601 like 2026-11-23T19:00:00Z";
  throw new CaddyError("CADDY_BAD_REQUEST", `${which}=${text} is neither: give ${rule}`);
}

async function logParts(
  { caddy, history }: CaddyConsole,
  query: LogRequest,
): Promise<AsyncIterable<string | Uint8Array>> {
  const options = { ...ALL_LINES, ...bound(query.from, "from"), ...bound(query.to, "to") };
  const begin = await history.offsetAt(options.fromWallMs);
  const records = within(history.read(Math.max(options.from, begin)), options);
  const format = formatOf(query);
  const plain = query.search === undefined && query.tail === undefined;
  if (format === "cast" || query.raw === "true") {
    if (plain) return format === "cast" ? castOf(records, caddy.name) : outputOf(records);
    throw new CaddyError(
      "CADDY_BAD_REQUEST",
      "search and tail are for lines: leave out raw and cast",
    );
  }
  const lines = historyLines(records, { ...options, search: query.search ?? "" });
  const count = query.tail === undefined ? null : Number(query.tail);
  const wanted = count === null ? lines : Readable.from(await tail(lines, Math.max(1, count)));
  return texts(wanted, format === "json" ? jsonOf : textOf);
}

async function* texts(
  lines: AsyncIterable<HistoryLine>,
  textOfLine: (line: HistoryLine) => string,
): AsyncGenerator<string> {
  for await (const line of lines) yield textOfLine(line);
}

/** Records from and up to the given times and offsets. */
async function* within(
  records: AsyncIterable<HistoryRecord>,
  { to, fromWallMs, toWallMs }: LineOptions,
): AsyncGenerator<HistoryRecord> {
  for await (const record of records) {
    if (record.offset >= to || record.wallMs > toWallMs) return;
    if (record.wallMs >= fromWallMs) yield record;
  }
}

async function* outputOf(records: AsyncIterable<HistoryRecord>): AsyncGenerator<Uint8Array> {
  for await (const { kind, bytes } of records) if (kind === "output") yield bytes;
}

/** Throws CADDY_BAD_REQUEST. */
function sendOptions({ text, base64, expect, timeout_ms, take }: SendRequest) {
  if (text !== undefined && base64 !== undefined) {
    throw new CaddyError("CADDY_BAD_REQUEST", "give text or base64, not both");
  }
  if (text === undefined && base64 === undefined && expect === undefined) {
    throw new CaddyError("CADDY_BAD_REQUEST", "nothing to do: give text, base64 or expect");
  }
  const bytes = base64 === undefined ? Buffer.from(text ?? "") : Buffer.from(base64, "base64");
  const timeoutMs = timeout_ms ?? TIMEOUT_DEFAULT_MS;
  return { bytes, expect: expectationOf(expect), timeoutMs, take: take === true };
}

function expectationOf(text: string | undefined): Expectation | null {
  if (text === undefined) return null;
  try {
    return parseExpectation(text);
  } catch (error) {
    throw new CaddyError("CADDY_BAD_REQUEST", (error as Error).message);
  }
}
