// The shapes of docs/SPEC.md 5.2.
import { STAGES } from "../consoles/core/stages.ts";
import type { ViewerView } from "./console-door.ts";
import {
  closed,
  flag,
  list,
  object,
  orNull,
  short,
  text,
  typed,
  whole,
  words,
} from "./schema-words.ts";

export { NameParams } from "./schemas.ts";

export interface ConsoleView {
  line: string;
  reason: string | null;
  settings: { baud: number; line: string };
  writer: ViewerView | null;
  viewers: ViewerView[];
  first: number;
  end: number;
  stage: string;
  urls: { page: string; websocket: string; log: string; ssh: string | null; command: string };
}

const Viewer = object({ id: text, user: text, role: text, via: text, since: text });
const Settings = object({ baud: whole, line: text });

export const ConsoleInfo = typed<ConsoleView>(
  object(
    {
      line: words(["open", "closed", "failed"]),
      reason: orNull(text),
      settings: Settings,
      writer: orNull(Viewer),
      viewers: list(Viewer),
      first: whole,
      end: whole,
      stage: words(STAGES),
      urls: object({ page: text, websocket: text, log: text, ssh: orNull(text), command: text }),
    },
    { title: "Console" },
  ),
);

export const Nothing = typed<null>({ type: "null", description: "done" });

export const SettingsBody = typed<{ baud: number; line: string }>(
  object(
    {
      baud: { type: "integer", minimum: 50, maximum: 4_000_000 },
      line: { type: "string", pattern: "^[5-8][NEO][12]$" },
    },
    closed,
  ),
);

export const BreakBody = typed<{ ms?: number; sysrq?: string }>(
  object(
    {
      ms: { type: "integer", minimum: 1, maximum: 5000 },
      sysrq: { type: "string", pattern: "^[0-9a-z]$" },
    },
    { ...closed, optional: ["ms", "sysrq"] },
  ),
);

export interface SendRequest {
  text?: string;
  base64?: string;
  expect?: string;
  timeout_ms?: number;
  take?: boolean;
}

export const SendBody = typed<SendRequest>(
  object(
    {
      text: { type: "string", maxLength: 16_384 },
      base64: { type: "string", maxLength: 16_384, pattern: "^[A-Za-z0-9+/]*={0,2}$" },
      expect: short(1024),
      timeout_ms: { type: "integer", minimum: 1, maximum: 600_000 },
      take: flag,
    },
    { ...closed, optional: ["text", "base64", "expect", "timeout_ms", "take"] },
  ),
);

export const SendResult = typed<{ matched: string | null; text: string; offset: number }>(
  object({ matched: orNull(text), text, offset: whole }),
);

const offset = { type: "string", pattern: "^\\d{1,15}$" };
export const ConsoleSocketQuery = typed<{ offset?: string }>(
  object({ offset }, { optional: ["offset"] }),
);

export interface LogRequest {
  from?: string;
  to?: string;
  search?: string;
  tail?: string;
  format?: "text" | "json" | "cast";
  raw?: "true" | "false";
}

export const LogQuery = typed<LogRequest>(
  object(
    {
      from: { ...short(40), description: "an offset, or a time in ISO 8601" },
      to: short(40),
      search: short(256),
      tail: { type: "string", pattern: "^\\d{1,5}$", description: "lines" },
      format: words(["text", "json", "cast"]),
      raw: words(["true", "false"]),
    },
    { ...closed, optional: ["from", "to", "search", "tail", "format", "raw"] },
  ),
);
