// Edge: the browser's fetch, with a time limit.

import type { Http } from "../api/client.ts";

const within =
  (limitMs: number): Http =>
  (path, init) =>
    fetch(path, { ...init, credentials: "same-origin", signal: AbortSignal.timeout(limitMs) });

export const http = within(10_000);
/** For what reads through a whole history. */
export const patientHttp = within(60_000);
