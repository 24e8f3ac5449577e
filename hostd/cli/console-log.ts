// `hostd console NAME --log`: the record, as it comes, so that a large one can be piped.
import { isoTime } from "../edge/iso-time.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { HostdClient } from "./client.ts";
import { type CliIo, parseDuration } from "./io.ts";

export interface LogOptions {
  since?: string;
  until?: string;
  search?: string;
  tail?: string;
  format?: string;
  json?: boolean;
}

export async function printLog(
  client: HostdClient,
  io: CliIo,
  caddy: string,
  options: LogOptions,
): Promise<number> {
  const query = new URLSearchParams();
  if (options.since !== undefined) query.set("from", whenOf(options.since, io));
  if (options.until !== undefined) query.set("to", whenOf(options.until, io));
  if (options.search !== undefined) query.set("search", options.search);
  if (options.tail !== undefined) {
    if (!/^[1-9]\d{0,4}$/.test(options.tail)) {
      throw new CaddyError("CADDY_USAGE", `--tail wants 1 to 99999 lines, not ${options.tail}`);
    }
    query.set("tail", options.tail);
  }
  query.set("format", options.json ? "json" : (options.format ?? "text"));
  const path = `/api/v1/caddies/${caddy}/console/log?${query}`;
  await client.stream(path, (bytes) => io.keyboard.write(bytes));
  return EXIT.done;
}

/** A duration counts back from now; an offset or a time goes to hostd as it is. */
function whenOf(text: string, io: CliIo): string {
  if (/^\d+$/.test(text)) return text;
  const agoMs = parseDuration(text);
  return agoMs === null ? text : isoTime(io.clock.wallMs() - agoMs);
}
