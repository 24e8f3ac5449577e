// Edge: a small hostd of nothing but HTTP (docs/SPEC.md section 4), for states of the dashboard
// that a real rack shows too seldom. Nothing moves by itself: a test says what happens.

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type {
  Backplane,
  Caddy,
  Job,
  Status,
  StoredEvent,
} from "../../hostd/web/src/model/types.ts";
import { fakeJob, fakeStatus } from "./fake-rack.ts";

export const FAKE_PASSWORD = "correct horse";

/** The policy hostd should send: nothing inline, nothing from elsewhere. */
export const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const WHO = { user: "admin", role: "admin" };

export interface FakeApi {
  readonly url: string;
  readonly status: { shack: string; caddies: Caddy[]; backplanes: Backplane[] } & Status;
  /** Every write the page made, as `POST /api/v1/... {"body"}`. */
  readonly writes: string[];
  /** `since` of every stream that was opened. */
  readonly streams: number[];
  /** How many streams are open now. */
  openStreams(): number;
  setCaddy(caddy: Caddy): void;
  setBackplane(backplane: Backplane): void;
  setJob(job: Job): void;
  addEvent(event: Omit<StoredEvent, "id">): void;
  /** Forgets every session, as a hostd does whose data folder is new. */
  forgetSessions(): void;
  /** The next write is answered with this problem. */
  refuseNext(status: number, code: string, detail: string): void;
  /** Cuts every connection and refuses new ones, as if the machine were gone. */
  vanish(): Promise<void>;
  /** The same fake at the same address again. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

interface Problem {
  status: number;
  code: string;
  detail: string;
}

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

function refusal({ status, code, detail }: Problem): Answer {
  return { status, body: { type: `/errors#${code}`, title: code, status, detail, code } };
}

function send(res: ServerResponse, { status, body, headers }: Answer): void {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  res.writeHead(status, { "content-type": type, "cache-control": "no-store", ...headers });
  res.end(status === 204 ? undefined : JSON.stringify(body));
}

async function bodyOf(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of req) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

class Fake implements FakeApi {
  url = "";
  readonly status: FakeApi["status"];
  readonly writes: string[] = [];
  readonly streams: number[] = [];
  readonly #webDir: string;
  readonly #events: StoredEvent[] = [];
  readonly #jobs = new Map<string, Job>();
  readonly #open = new Set<ServerResponse>();
  #server: Server | null = null;
  #session: string | null = null;
  #sessions = 0;
  #refusal: Problem | null = null;

  constructor(webDir: string, status: Status) {
    this.#webDir = webDir;
    this.status = {
      ...status,
      caddies: [...status.caddies],
      backplanes: [...status.backplanes],
    };
  }

  async listen(port: number): Promise<void> {
    const server = createServer((req, res) => {
      this.#answer(req, res).catch((error) => {
        send(res, refusal({ status: 500, code: "CADDY_FAKE", detail: String(error) }));
      });
    });
    await new Promise<void>((done, fail) => {
      server.once("error", fail).listen(port, "127.0.0.1", done);
    });
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? "/", this.url);
    if (!url.pathname.startsWith("/api/v1/")) return this.#file(url.pathname, res);
    const path = url.pathname.slice("/api/v1".length);
    const cookie = /caddyshack=([^;]+)/.exec(req.headers.cookie ?? "")?.[1];
    const known = cookie !== undefined && cookie === this.#session;
    if (known && path === "/events" && !req.headers.accept?.includes("application/json")) {
      return this.#stream(Number(url.searchParams.get("since") ?? 0), res);
    }
    const body = await bodyOf(req);
    if (req.method === "POST" && path === "/session") return send(res, this.#logIn(body));
    if (!known) {
      const detail = "Log in first.";
      return send(res, refusal({ status: 401, code: "CADDY_NO_SESSION", detail }));
    }
    if (req.method === "GET") return send(res, this.#get(path, url.searchParams));
    this.writes.push(`${req.method} ${url.pathname} ${JSON.stringify(body)}`);
    send(res, this.#write(path, body));
  }

  #logIn(body: Record<string, unknown>): Answer {
    if (body.user !== "admin" || body.password !== FAKE_PASSWORD) {
      const detail = "User or password is wrong.";
      return refusal({ status: 401, code: "CADDY_BAD_LOGIN", detail });
    }
    this.#sessions += 1;
    this.#session = `s${this.#sessions}`;
    const cookie = `caddyshack=${this.#session}; HttpOnly; SameSite=Strict; Path=/`;
    return { status: 200, body: WHO, headers: { "set-cookie": cookie } };
  }

  #get(path: string, query: URLSearchParams): Answer {
    if (path === "/session") return { status: 200, body: WHO };
    if (path === "/status") return { status: 200, body: this.status };
    const job = this.#jobs.get(path.slice("/jobs/".length));
    if (path.startsWith("/jobs/") && job) return { status: 200, body: job };
    if (path !== "/events") {
      return refusal({ status: 404, code: "CADDY_NOT_FOUND", detail: "No such thing." });
    }
    const caddy = query.get("caddy");
    const events = this.#events.filter((event) => caddy === null || event.caddy === caddy);
    const newest = events.slice(-Number(query.get("limit") ?? 100)).reverse();
    return { status: 200, body: { events: newest } };
  }

  #write(path: string, body: Record<string, unknown>): Answer {
    const refused = this.#refusal;
    this.#refusal = null;
    if (refused) return refusal(refused);
    if (path !== "/session") return this.#command(path, body);
    this.#session = null;
    return { status: 204, body: null, headers: { "set-cookie": "caddyshack=; Max-Age=0; Path=/" } };
  }

  #stream(since: number, res: ServerResponse): void {
    this.streams.push(since);
    res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    res.write(`event: status\ndata: ${JSON.stringify(this.status)}\n\n`);
    for (const event of this.#events.filter((each) => each.id > since)) {
      res.write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    this.#open.add(res);
    res.once("close", () => this.#open.delete(res));
  }

  #command(path: string, body: Record<string, unknown>): Answer {
    const [, name = "", kind = ""] = /^\/caddies\/([^/]+)\/(power|identify|usb)$/.exec(path) ?? [];
    if (!this.status.caddies.some((caddy) => caddy.name === name)) {
      return refusal({ status: 404, code: "CADDY_UNKNOWN", detail: `No caddy "${name}".` });
    }
    const action = kind === "power" ? String(body.action) : body.on === true ? "on" : "off";
    const job = fakeJob(`j${this.#jobs.size + 1}`, { kind, caddy: name, action });
    this.#jobs.set(job.id, job);
    return { status: 202, body: job };
  }

  async #file(path: string, res: ServerResponse): Promise<void> {
    const name = path === "/" ? "index.html" : normalize(path);
    const content = await readFile(join(this.#webDir, name)).catch(() => null);
    if (content === null) {
      const detail = `No file ${path}.`;
      return send(res, refusal({ status: 404, code: "CADDY_NOT_FOUND", detail }));
    }
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    res.writeHead(200, { "content-type": type, "content-security-policy": POLICY });
    res.end(content);
  }

  #tell(type: string, data: unknown, id = ""): void {
    for (const res of this.#open) {
      res.write(`${id}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    }
  }

  openStreams(): number {
    return this.#open.size;
  }

  setCaddy(caddy: Caddy): void {
    const at = this.status.caddies.findIndex((each) => each.name === caddy.name);
    this.status.caddies[at] = caddy;
    this.#tell("caddy", caddy);
  }

  setBackplane(backplane: Backplane): void {
    const at = this.status.backplanes.findIndex((each) => each.id === backplane.id);
    this.status.backplanes[at] = backplane;
    this.#tell("backplane", backplane);
  }

  setJob(job: Job): void {
    this.#jobs.set(job.id, job);
    this.#tell("job", job);
  }

  addEvent(event: Omit<StoredEvent, "id">): void {
    const stored = { ...event, id: this.#events.length + 1 };
    this.#events.push(stored);
    this.#tell(stored.type, stored, `id: ${stored.id}\n`);
  }

  forgetSessions(): void {
    this.#session = null;
    for (const res of this.#open) res.destroy();
  }

  refuseNext(status: number, code: string, detail: string): void {
    this.#refusal = { status, code, detail };
  }

  async vanish(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }

  comeBack(): Promise<void> {
    return this.listen(Number(new URL(this.url).port));
  }

  stop(): Promise<void> {
    return this.vanish();
  }
}

/** Serves `webDir` at `/` and a shack of 13 caddies below `/api/v1`, on a free port of loopback. */
export async function startFakeApi(webDir: string, status = fakeStatus()): Promise<FakeApi> {
  const fake = new Fake(webDir, status);
  await fake.listen(0);
  return fake;
}
