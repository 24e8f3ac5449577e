// Events as a list and as a live stream (docs/SPEC.md 4): stored events carry ids and can be
// resumed, snapshots of caddies, backplanes and jobs do not.
import type { ServerResponse } from "node:http";
import { isoTime, parseIsoTime } from "../edge/iso-time.ts";
import { CaddyError } from "../errors.ts";
import type { Update } from "../power/controller.ts";
import { backplaneView, caddyView, eventView, jobView } from "../power/views.ts";
import type { EventQuery } from "../store/store.ts";
import type { Api, ApiContext } from "./context.ts";
import { SECURITY_HEADERS } from "./http.ts";
import { statusView } from "./routes-caddies.ts";
import { Events, EventsQuery } from "./schemas.ts";
import { EventStream, type Frame } from "./stream.ts";

const STREAMS_MAX = 64;
const HEARTBEAT_MS = 15_000;
/** A client that missed more starts afresh from the status. */
const RESUME_MAX = 5000;
const LIST_DEFAULT = 100;

interface Listener {
  stream: EventStream;
  tokenHash: string | null;
  caddy: string | undefined;
}

export class EventHub {
  private readonly context: ApiContext;
  private readonly listeners = new Set<Listener>();
  private unsubscribe: (() => void) | null = null;
  private cancelTimer: (() => void) | null = null;

  constructor(context: ApiContext) {
    this.context = context;
  }

  start(): void {
    const updates = this.context.controller.onUpdate((update) => this.deliver(update));
    const changes = this.context.users.onChange(() => this.endInvalid());
    this.unsubscribe = () => {
      updates();
      changes();
    };
    this.armHeartbeat();
  }

  stop(): void {
    this.unsubscribe?.();
    this.cancelTimer?.();
    for (const { stream } of this.listeners) stream.end();
    this.listeners.clear();
  }

  get full(): boolean {
    return this.listeners.size >= STREAMS_MAX;
  }

  add(listener: Listener): void {
    this.listeners.add(listener);
  }

  remove(listener: Listener): void {
    this.listeners.delete(listener);
  }

  /** Who logged out must not go on reading. */
  endSession(tokenHash: string): void {
    for (const listener of this.listeners) {
      if (listener.tokenHash === tokenHash) listener.stream.end();
    }
  }

  private endInvalid(): void {
    for (const { stream, tokenHash } of this.listeners) {
      if (tokenHash !== null && !this.context.auth.valid(tokenHash)) stream.end();
    }
  }

  private armHeartbeat(): void {
    this.cancelTimer = this.context.clock.after(HEARTBEAT_MS, () => {
      this.endInvalid();
      for (const { stream } of this.listeners) stream.heartbeat();
      this.armHeartbeat();
    });
  }

  private deliver(update: Update): void {
    if (this.listeners.size === 0) return;
    const about = caddyOf(update);
    const frame = this.frameOf(update);
    if (!frame) return;
    for (const { stream, caddy } of this.listeners) {
      if (caddy === undefined || caddy === about) stream.send(frame);
    }
  }

  private frameOf(update: Update): Frame | null {
    const { state } = this.context.controller;
    if (update.type === "event") {
      const { event } = update;
      return { id: event.id, event: event.type, data: eventView(event, isoTime) };
    }
    if (update.type === "caddy") {
      return { event: "caddy", data: caddyView(state, update.slot, isoTime) };
    }
    if (update.type === "job") return { event: "job", data: jobView(update.job, isoTime) };
    const backplane = state.backplanes.get(update.id);
    return backplane ? { event: "backplane", data: backplaneView(backplane) } : null;
  }
}

function caddyOf(update: Update): string | null {
  if (update.type === "event") return update.event.caddy;
  if (update.type === "caddy") return update.slot.place.name;
  return update.type === "job" ? update.job.caddy : null;
}

/** `since` is an event id or a time. Throws CADDY_BAD_REQUEST. */
function sinceQuery(since: string | undefined): Pick<EventQuery, "afterId" | "sinceMs"> {
  if (since === undefined) return {};
  if (/^\d{1,15}$/.test(since)) return { afterId: Number(since) };
  const sinceMs = parseIsoTime(since);
  if (sinceMs !== null) return { sinceMs };
  const rule = "since must be an event id or a time like 2026-01-31T12:00:00Z";
  throw new CaddyError("CADDY_BAD_REQUEST", `${rule}, not ${since}`);
}

export function eventRoutes(app: Api, context: ApiContext, hub: EventHub): void {
  const { controller, store } = context;

  app.get(
    "/api/v1/events",
    {
      // An answer to HEAD would have to end, and a stream does not.
      exposeHeadRoute: false,
      schema: {
        querystring: EventsQuery,
        description: "Server-Sent Events, or a list with Accept: application/json.",
        response: { 200: Events },
      },
    },
    async (request, reply) => {
      const { since, caddy } = request.query;
      const limit = Math.min(1000, Number(request.query.limit ?? LIST_DEFAULT));
      if (caddy !== undefined) controller.slot(caddy);
      const accept = request.headers.accept ?? "";
      const filter = caddy === undefined ? {} : { caddy };
      if (accept.includes("application/json") && !accept.includes("text/event-stream")) {
        const events = store.events({ ...sinceQuery(since), ...filter, limit });
        return { events: events.map((event) => eventView(event, isoTime)) };
      }
      const last = request.headers["last-event-id"];
      const from = sinceQuery(typeof last === "string" && last !== "" ? last : since);
      if (hub.full) throw new CaddyError("CADDY_TOO_MANY_STREAMS", "64 streams are open");
      reply.hijack();
      const stream = openStream(reply.raw);
      const listener = { stream, tokenHash: request.who?.tokenHash ?? null, caddy };
      hub.add(listener);
      reply.raw.once("close", () => hub.remove(listener));
      // Nothing can happen between these: all of it is one turn of the event loop.
      stream.send({ event: "status", data: statusView(context) });
      if (from.afterId === undefined && from.sinceMs === undefined) return reply;
      const missed = store.events({ ...from, ...filter, limit: RESUME_MAX });
      for (const event of missed) {
        stream.send({ id: event.id, event: event.type, data: eventView(event, isoTime) });
      }
      return reply;
    },
  );
}

function openStream(response: ServerResponse): EventStream {
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  return new EventStream(response);
}
