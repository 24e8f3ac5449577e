// The shapes of docs/SPEC.md 4 about modules.
import type { ModuleView, PushView } from "../flashing/push/views.ts";
import {
  closed,
  digits,
  flag,
  list,
  object,
  orNull,
  short,
  text,
  time,
  typed,
  whole,
  words,
} from "./schema-words.ts";

export interface ModulesView {
  modules: ModuleView[];
  /** The push under way, or the last one. */
  push: PushView | null;
  /** Rises with every change of the push. */
  version: number;
}

const Target = object({
  backplane: text,
  canary: flag,
  state: text,
  reason: orNull(text),
  detail: orNull(text),
  from: orNull(text),
  sequence: orNull(whole),
  sent_bytes: whole,
  gap_ms: orNull(whole),
});

const Push = object(
  {
    id: text,
    module: text,
    bytes: whole,
    actor: text,
    state: words(["running", "done", "failed"]),
    targets: list(Target),
    started_at: time,
    ended_at: orNull(time),
  },
  { title: "Push" },
);

export const Modules = typed<ModulesView>(
  object(
    {
      modules: list(
        object(
          {
            backplane: text,
            online: flag,
            board: orNull(text),
            module: orNull(text),
            slot: orNull(text),
            sequence: orNull(whole),
            trial: orNull(flag),
            error: orNull(whole),
            store: flag,
          },
          { title: "Module" },
        ),
      ),
      push: orNull(Push),
      version: whole,
    },
    { title: "Modules" },
  ),
);

export const ModulesQuery = typed<{ version?: string; wait_ms?: string }>(
  object(
    {
      version: digits("answers when the version is another one"),
      wait_ms: digits("milliseconds, up to 60000"),
    },
    { optional: ["version", "wait_ms"] },
  ),
);

export const PushBody = typed<{
  backplanes: string[] | null;
  canary: number;
  module: string | null;
  again: boolean;
}>(
  object(
    {
      backplanes: orNull({ type: "array", items: short(32), minItems: 1, maxItems: 1000 }),
      canary: { type: "integer", minimum: 0, maximum: 1000 },
      module: orNull({
        type: "string",
        pattern: "^[A-Za-z0-9+/]*={0,2}$",
        maxLength: 16_384,
        description: "base64; null: the one that hostd builds",
      }),
      again: { type: "boolean", description: "also where it runs already" },
    },
    closed,
  ),
);
