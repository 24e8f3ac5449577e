// The HTTP API of hostd (docs/SPEC.md section 4) as functions. Each answers decoded data or throws
// an ApiError; nothing else comes out of here.

import { DecodeError, decodeEvents, decodeJob, decodeStatus, decodeWho } from "../model/decode.ts";
import type { Job, PowerAction, Status, StoredEvent, Who } from "../model/types.ts";
import { ApiError, garbled, problem, unreachable } from "./errors.ts";

/** The part of `fetch` that is used. `timeoutMs` is the port's business: it owns the clock. */
export type Http = (
  path: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{ status: number; text(): Promise<string> }>;

export interface Api {
  whoAmI(): Promise<Who>;
  logIn(user: string, password: string): Promise<Who>;
  logOut(): Promise<void>;
  status(): Promise<Status>;
  events(limit: number, caddy?: string): Promise<StoredEvent[]>;
  power(caddy: string, action: PowerAction): Promise<Job>;
  identify(caddy: string, on: boolean): Promise<Job>;
  usb(caddy: string, on: boolean): Promise<Job>;
  job(id: string): Promise<Job>;
}

function parseJson(text: string, status: number): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    // An error page of a proxy: its status says more than its text.
    if (status >= 400) return null;
    throw garbled("no JSON", status);
  }
}

/** Answers JSON; throws an ApiError. `path` goes on behind `/api/v1`. */
export async function ask(
  http: Http,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  let status: number;
  let text: string;
  try {
    const answer = await http(`/api/v1${path}`, init);
    status = answer.status;
    text = await answer.text();
  } catch {
    throw unreachable();
  }
  const json = parseJson(text, status);
  if (status < 200 || status > 299) throw problem(status, json);
  return json;
}

export async function decoded<T>(
  answer: Promise<unknown>,
  decode: (value: unknown) => T,
): Promise<T> {
  const value = await answer;
  try {
    return decode(value);
  } catch (error) {
    if (error instanceof DecodeError) throw garbled(error.message, 200);
    throw error;
  }
}

export function createApi(http: Http): Api {
  const get = (path: string) => ask(http, "GET", path);
  const post = (path: string, body: unknown) => ask(http, "POST", path, body);
  const of = (caddy: string) => `/caddies/${encodeURIComponent(caddy)}`;
  return {
    whoAmI: () => decoded(get("/session"), decodeWho),
    logIn: (user, password) => decoded(post("/session", { user, password }), decodeWho),
    async logOut() {
      try {
        await ask(http, "DELETE", "/session");
      } catch (error) {
        // Already logged out is what was asked for.
        if (!(error instanceof ApiError && error.kind === "unauthorised")) throw error;
      }
    },
    status: () => decoded(get("/status"), decodeStatus),
    events(limit, caddy) {
      const only = caddy === undefined ? "" : `&caddy=${encodeURIComponent(caddy)}`;
      return decoded(get(`/events?limit=${limit}${only}`), decodeEvents);
    },
    power: (caddy, action) => decoded(post(`${of(caddy)}/power`, { action }), decodeJob),
    identify: (caddy, on) => decoded(post(`${of(caddy)}/identify`, { on }), decodeJob),
    usb: (caddy, on) => decoded(post(`${of(caddy)}/usb`, { on }), decodeJob),
    job: (id) => decoded(get(`/jobs/${encodeURIComponent(id)}`), decodeJob),
  };
}
