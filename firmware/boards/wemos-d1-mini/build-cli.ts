// `npm run firmware:wemos`: the exit status is one of STATUS in build.ts.

import { buildImage, REAL_PORT, STATUS } from "./build.ts";

if (process.argv.length > 2) {
  console.error("usage: npm run firmware:wemos (no arguments)");
  process.exitCode = STATUS.USAGE;
} else {
  process.exitCode = buildImage(REAL_PORT);
}
