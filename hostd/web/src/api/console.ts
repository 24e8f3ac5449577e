// The consoles' part of the HTTP API (docs/SPEC.md 5.2).

import { type HistoryLine, parseHistory } from "../model/console-history.ts";
import { decodeLine, type LineStatus } from "../model/console-wire.ts";
import { DecodeError } from "../model/decode.ts";
import { ask, decoded, type Http } from "./client.ts";
import { problem, unreachable } from "./errors.ts";

export interface ConsoleInfo {
  readonly status: LineStatus;
  readonly stage: string;
  readonly urls: { readonly ssh: string | null; readonly command: string | null };
}

export interface ConsoleApi {
  info(caddy: string): Promise<ConsoleInfo>;
  /** Lines of the history; `query` as in docs/SPEC.md. */
  lines(caddy: string, query: Readonly<Record<string, string>>): Promise<HistoryLine[]>;
}

const textOrNull = (value: unknown) => (typeof value === "string" ? value : null);

function decodeInfo(value: unknown): ConsoleInfo {
  const status = decodeLine(value);
  const of = value as { stage?: unknown; urls?: { ssh?: unknown; command?: unknown } };
  if (typeof of.stage !== "string") throw new DecodeError("stage is not a text");
  const urls = { ssh: textOrNull(of.urls?.ssh), command: textOrNull(of.urls?.command) };
  return { status, stage: of.stage, urls };
}

export const logPath = (caddy: string, query: Readonly<Record<string, string>>): string =>
  `/api/v1${of(caddy)}/log?${new URLSearchParams(query)}`;

const of = (caddy: string) => `/caddies/${encodeURIComponent(caddy)}/console`;

/** `patient`: for a search through everything that is kept. */
export function createConsoleApi(http: Http, patient: Http): ConsoleApi {
  return {
    info: (caddy) => decoded(ask(http, "GET", of(caddy)), decodeInfo),
    async lines(caddy, query) {
      const path = logPath(caddy, { ...query, format: "json" });
      const answer = await patient(path, { method: "GET", headers: {} })
        .then(async (got) => ({ status: got.status, text: await got.text() }))
        .catch(() => {
          throw unreachable();
        });
      if (answer.status === 200) return decoded(Promise.resolve(answer.text), parseHistory);
      let body: unknown = null;
      try {
        body = JSON.parse(answer.text);
      } catch {
        // No problem document: the status says it.
      }
      throw problem(answer.status, body);
    },
  };
}
