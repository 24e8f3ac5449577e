// Builds the image of the Wemos D1 mini with PlatformIO and holds it against its budgets.

import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { budgetRows, isOver, showRow } from "./budget.ts";
import { Elf } from "./elf.ts";
import { stage } from "./stage.ts";

const project = fileURLToPath(new URL(".", import.meta.url));
/** Where platformio.ini looks. */
export const BUILD_FOLDER = fileURLToPath(new URL("../../build/wemos-d1-mini", import.meta.url));

/** Exit status of the command. */
export const STATUS = {
  /** Built, and within the budgets. */
  DONE: 0,
  /** It does not build, or a budget is broken. */
  FAILED: 1,
  USAGE: 2,
  /** There is no PlatformIO here, so nothing was built and nothing measured. */
  NOT_MEASURED: 3,
} as const;

const INSTALL = `not measured: there is no PlatformIO here (no \`pio\`), so no image was built.
To build it, install PlatformIO Core 6.1 or later and run \`npm run firmware:wemos\` again:
  pipx install platformio        (Debian: apt-get install pipx)
At its first run it fetches the platform espressif8266 4.2.1 with the Arduino core 3.1.2 and its
compiler.`;

export interface BuildPort {
  /** Runs PlatformIO in a folder; its exit status, or null when there is none. */
  pio: (args: readonly string[], cwd: string) => number | null;
  say: (line: string) => void;
  fail: (line: string) => void;
}

export const REAL_PORT: BuildPort = {
  pio: (args, cwd) => {
    const { error, status } = spawnSync("pio", args, { cwd, stdio: "inherit" });
    if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return null;
    if (error) throw error;
    // A signal is a failure like another.
    return status ?? STATUS.FAILED;
  },
  say: (line) => console.log(line),
  fail: (line) => console.error(line),
};

/** Answers one of STATUS. */
export function buildImage(port: BuildPort, folder = BUILD_FOLDER): number {
  const { wasm3, runtime } = stage(folder);
  port.say(`staged: ${wasm3.length} files of Wasm3, ${runtime.length} of the runtime`);
  const status = port.pio(["run"], project);
  if (status === null) {
    port.fail(INSTALL);
    return STATUS.NOT_MEASURED;
  }
  if (status !== 0) {
    port.fail(`error: PlatformIO ended with status ${status}: see above`);
    return STATUS.FAILED;
  }
  const out = join(folder, "pio", "wemos");
  const image = readFileSync(join(out, "firmware.bin"));
  const rows = budgetRows(image, new Elf(readFileSync(join(out, "firmware.elf"))));
  for (const row of rows) port.say(showRow(row));
  port.say(
    "heap free with MQTT up: not measured here; a running backplane tells heap_free in info",
  );
  if (rows.some(isOver)) return STATUS.FAILED;
  const path = join(folder, "firmware.bin");
  copyFileSync(join(out, "firmware.bin"), path);
  port.say(`built: ${path}`);
  port.say(`to flash it: hostd flash --backplane NAME --image ${path}`);
  return STATUS.DONE;
}
