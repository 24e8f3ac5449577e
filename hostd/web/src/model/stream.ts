// One message of the event stream as a message for the shack.

import {
  DecodeError,
  decodeBackplane,
  decodeCaddy,
  decodeEvent,
  decodeJob,
  decodeStatus,
} from "./decode.ts";
import type { ShackMessage } from "./shack.ts";

/** EventSource hands over only what it was asked for by name: snapshots, then stored events. */
export const STREAM_TYPES = [
  "status",
  "caddy",
  "backplane",
  "job",
  "caddy.power",
  "caddy.fault",
  "caddy.presence",
  "backplane.online",
  "backplane.offline",
  "backplane.config",
  "backplane.module",
  "command.sent",
  "command.ended",
  "session.opened",
  "session.refused",
  "console.stage",
  "console.panic",
  "console.oops",
  "console.writer",
  "console.line",
  "hostd.started",
  "hostd.stopped",
] as const;

/** `type` is the stream's `event:`, `data` its JSON. Throws a DecodeError. */
export function readMessage(type: string, data: string): ShackMessage {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new DecodeError(`${type} is not JSON`);
  }
  switch (type) {
    case "status":
      return { type, status: decodeStatus(value) };
    case "caddy":
      return { type, caddy: decodeCaddy(value) };
    case "backplane":
      return { type, backplane: decodeBackplane(value) };
    case "job":
      return { type, job: decodeJob(value) };
    default:
      return { type: "event", event: decodeEvent(value) };
  }
}
