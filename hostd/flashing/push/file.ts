// The push under way, kept in the data directory so that it goes on after a restart of hostd.
import { existsSync, readFileSync } from "node:fs";
import { writePrivate } from "../../edge/files.ts";
import { CaddyError } from "../../errors.ts";
import { newTarget, type Push, type Target } from "./state.ts";

/** What of a target outlives a restart; the rest is found out again. */
const KEPT = [
  "backplane",
  "canary",
  "state",
  "reason",
  "detail",
  "from",
  "errorBefore",
  "sequence",
  "gapMs",
  "before",
  "touched",
] as const satisfies readonly (keyof Target)[];

export function savePush(file: string, push: Push): void {
  const { id, actor, moduleId, module, again, startedWallMs, endedWallMs } = push;
  const targets = push.targets.map((target) =>
    Object.fromEntries(KEPT.map((name) => [name, target[name]])),
  );
  const bytes = Buffer.from(module).toString("base64");
  const kept = { id, actor, moduleId, module: bytes, again, startedWallMs, endedWallMs, targets };
  writePrivate(file, `${JSON.stringify({ version: 1, ...kept }, null, 2)}\n`);
}

/** The last push, null when there was none. Throws CADDY_DATA_DIR when the file is not one. */
export function loadPush(file: string): Push | null {
  if (!existsSync(file)) return null;
  try {
    const { version, targets, module, ...push } = JSON.parse(readFileSync(file, "utf8"));
    if (version !== 1 || !Array.isArray(targets)) throw new Error("not a push of version 1");
    return {
      ...push,
      module: Uint8Array.from(Buffer.from(module, "base64")),
      targets: targets.map((kept) => ({ ...newTarget(kept.backplane, kept.canary), ...kept })),
      seen: new Map(),
    };
  } catch (error) {
    const why = `${(error as Error).message}: remove it; no backplane is harmed by that`;
    throw new CaddyError("CADDY_DATA_DIR", `${file}: ${why}`);
  }
}
