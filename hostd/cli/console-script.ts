// `--send` and `--expect`: what a person at the keyboard would do, for scripts.
import { CaddyError, EXIT } from "../errors.ts";
import type { HostdClient } from "./client.ts";
import type { Step } from "./console.ts";
import { type CliIo, json } from "./io.ts";

/** One request: bytes to send first, and what to wait for then. */
export interface Exchange {
  send: string | null;
  expect: string | null;
}

const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  e: "\x1b",
  "0": "\0",
  "\\": "\\",
};

/** Throws CADDY_USAGE. */
export function unescapeText(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|.|$)/gs, (_all, code: string) => {
    if (/^x[0-9a-fA-F]{2}$/.test(code)) {
      return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    }
    const found = ESCAPES[code];
    if (found !== undefined) return found;
    const known = "\\n \\r \\t \\e \\0 \\\\ \\xHH";
    throw new CaddyError("CADDY_USAGE", `--send: \\${code} means nothing; there are ${known}`);
  });
}

/** A `--send` and the `--expect` behind it are one request, so that no answer comes in between. */
export function parseScript(steps: readonly Step[]): Exchange[] {
  const script: Exchange[] = [];
  for (const step of steps) {
    const last = script.at(-1);
    if ("send" in step) script.push({ send: unescapeText(step.send), expect: null });
    else if (last !== undefined && last.expect === null) last.expect = step.expect;
    else script.push({ send: null, expect: step.expect });
  }
  return script;
}

export async function runScript(
  client: HostdClient,
  io: CliIo,
  caddy: string,
  script: readonly Exchange[],
  options: { timeoutMs: number; take: boolean; json: boolean },
): Promise<number> {
  const path = `/api/v1/caddies/${caddy}/console/send`;
  const results: { matched: string | null; text: string }[] = [];
  for (const { send, expect } of script) {
    const result = await client.post<{ matched: string | null; text: string }>(path, {
      // latin1, so that \xHH is that byte; what is not ASCII was typed as UTF-8.
      ...(send === null ? {} : { base64: encode(send) }),
      ...(expect === null ? {} : { expect }),
      timeout_ms: options.timeoutMs,
      take: options.take,
    });
    results.push(result);
    if (!options.json && result.text !== "") io.out(result.text.replace(/\r/g, "").trimEnd());
  }
  if (options.json) io.out(json({ steps: results }));
  return EXIT.done;
}

const encode = (text: string): string => {
  const latin = /^[\0-\xff]*$/.test(text);
  return Buffer.from(text, latin ? "latin1" : "utf8").toString("base64");
};
