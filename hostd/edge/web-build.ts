// The dashboard's files, built when stale. The build runs in a process of its own, because its
// tools would otherwise stay in hostd's memory for ever.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Log } from "../ports.ts";

const webRoot = fileURLToPath(new URL("../web/", import.meta.url));

/** The directory to serve at `/`, or null (and a warning) when there is none. */
export async function dashboardDir(log: Log, signal?: AbortSignal): Promise<string | null> {
  try {
    const { buildWeb, sourceHash } = await import("../web/build.ts");
    const dir = join(webRoot, "dist", await sourceHash());
    if (!existsSync(join(dir, "index.html"))) {
      log("info", "building the dashboard");
      const build = [join(webRoot, "build.ts")];
      await promisify(execFile)(process.execPath, build, signal ? { signal } : {});
    }
    return (await buildWeb()).dir;
  } catch (error) {
    signal?.throwIfAborted();
    const why = (error as Error).message.trim().split("\n").slice(-3).join(" ");
    log("warn", `the dashboard could not be built, the API works without it: ${why}`);
    return null;
  }
}
