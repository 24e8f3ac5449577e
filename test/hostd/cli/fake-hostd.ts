// Something that answers like hostd on a socket of its own, until it is told to misbehave.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { CaddyError, problemOf } from "../../../hostd/errors.ts";
import type { CaddyView, JobView, StatusView } from "../../../hostd/power/views.ts";

export function caddy(name: string, slot: number): CaddyView {
  return {
    name,
    address: `bp1/${slot}`,
    carrier: "pi5",
    power: "off",
    present: true,
    pgood: false,
    usb: true,
    identify: false,
    fault: null,
    mA: 0,
    online: true,
    seq: 1,
    shutdown_timeout_ms: 60_000,
    changed_at: null,
  };
}

export function job(name: string, more: Partial<JobView> = {}): JobView {
  return {
    id: `j-${name}`,
    kind: "power",
    caddy: name,
    action: "on",
    state: "running",
    result: null,
    reason: null,
    actor: "local:me",
    started_at: "2026-01-01T00:00:00.000Z",
    ended_at: null,
    ...more,
  };
}

export interface FakeHostd {
  /** All that was asked, as `POST /api/v1/...`. */
  asked: string[];
  close(): Promise<void>;
}

export type Answer = (what: string, response: ServerResponse, request: IncomingMessage) => boolean;

/** `answer` goes first and says whether it did; else there are three caddies and open streams. */
export async function fakeHostd(dataDir: string, answer: Answer): Promise<FakeHostd> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`;
    asked.push(what);
    request.resume();
    if (answer(what, response, request)) return;
    if (what === "GET /api/v1/status") {
      const names = ["db1", "db2", "db3"];
      const caddies = names.map((name, i) => caddy(name, i + 1));
      const supply = { volts: 5, amps: 30 };
      send(response, 200, {
        shack: "shack1",
        supply,
        caddies,
        backplanes: [],
      } satisfies StatusView);
    } else if (what === "GET /api/v1/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
    } else refuse(response, new CaddyError("CADDY_NOT_FOUND", what));
  });
  await new Promise<void>((resolve) => server.listen(join(dataDir, "hostd.sock"), resolve));
  return {
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

export function refuse(response: ServerResponse, error: CaddyError): void {
  send(response, error.entry.status, problemOf(error));
}
