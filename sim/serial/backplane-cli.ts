// `npm run backplane -- …`: one simulated backplane, fresh from the maker, at a serial port of its
// own: something to try `hostd flash` on without hardware. Exit: 0 stopped, 1 failed, 2 usage.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { laneProgram } from "../../firmware/lanes.ts";
import { parseShack } from "../../hostd/model/shack.ts";
import type { BoardProgram } from "../lanes/board-process.ts";
import { PtyPort } from "./edge/pty-port.ts";
import { FlashableBackplane } from "./flashable-backplane.ts";
import { simulatedImage } from "./sim-image.ts";

const HELP = `usage: npm run backplane -- --shack FILE --backplane NAME --port PATH [options]
       npm run backplane -- --make-image FILE

A simulated backplane with a blank flash. Its serial port appears at PATH; flash it with
  npx hostd flash --port PATH --backplane NAME --image FILE --broker 127.0.0.1:PORT
and it runs what was flashed. Ctrl-C ends it. Needs socat and gcc: npm run setup:system.

--shack FILE        the shack.yaml that hostd uses
--backplane NAME    which backplane of it
--port PATH         where the serial port appears; PATH.rack is the control socket for
                    npm run rack -- --socket PATH.rack
--lane wasm3|lx106  how the runtime is executed (wasm3)
--paced             bytes take as long as on a wire of their rate
--seed N            seed of its chances (1)
--make-image FILE   write a firmware image for it, about 400 KB of noise in the right shape`;

const IMAGE_BYTES = 400 * 1024;

class UsageError extends Error {}

function options(argv: readonly string[]) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      shack: { type: "string" },
      backplane: { type: "string" },
      port: { type: "string" },
      lane: { type: "string", default: "wasm3" },
      seed: { type: "string", default: "1" },
      paced: { type: "boolean", default: false },
      "make-image": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}

async function main(argv: readonly string[]): Promise<number> {
  const given = options(argv);
  if (given.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const seed = Number(given.seed);
  if (!Number.isInteger(seed) || seed < 0)
    throw new UsageError(`--seed is a number: ${given.seed}`);
  if (given["make-image"] !== undefined) {
    writeFileSync(given["make-image"], simulatedImage(IMAGE_BYTES, seed));
    return 0;
  }
  const { shack, backplane, port, lane, paced } = given;
  if (shack === undefined || backplane === undefined || port === undefined) {
    throw new UsageError("--shack, --backplane and --port are needed; --help says more");
  }
  if (lane !== "wasm3" && lane !== "lx106") throw new UsageError("--lane is wasm3 or lx106");
  const program = await laneProgram(lane);
  await run(shack, resolve(port), { backplane, program, paced, seed });
  return 0;
}

async function run(
  file: string,
  port: string,
  about: { backplane: string; program: BoardProgram; paced: boolean; seed: number },
): Promise<void> {
  const shack = parseShack(readFileSync(file, "utf8"), file);
  let broken: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, fail) => {
    broken = fail;
  });
  failed.catch(() => {});
  const backplane = new FlashableBackplane({
    shack,
    ...about,
    controlSocket: `${port}.rack`,
    onState: (state) => process.stdout.write(`chip: ${state}\n`),
    onError: broken,
  });
  const pty = new PtyPort(backplane, port);
  const stopped = new Promise<void>((done) => {
    process.once("SIGINT", done).once("SIGTERM", done);
  });
  await pty.plug();
  await backplane.start();
  process.stdout.write(`${about.backplane} is at ${port}\n`);
  try {
    await Promise.race([stopped, failed]);
  } finally {
    await pty.unplug();
    await backplane.stop();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage =
    error instanceof UsageError || (error as { code?: string }).code?.startsWith("ERR_PARSE");
  process.stderr.write(`backplane: ${(error as Error).message}\n`);
  process.exitCode = usage ? 2 : 1;
}
