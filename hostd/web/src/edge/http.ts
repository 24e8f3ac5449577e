// Edge: the browser's fetch, with a time limit.

import type { Http } from "../api/client.ts";

const LIMIT_MS = 10_000;

export const http: Http = (path, init) =>
  fetch(path, { ...init, credentials: "same-origin", signal: AbortSignal.timeout(LIMIT_MS) });
