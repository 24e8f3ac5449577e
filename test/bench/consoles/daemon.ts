// hostd as it runs, but with the serial ports of a folder instead of /dev/serial/by-path:
// node daemon.ts DATA_DIR PORTS_DIR. Prints its URL when it listens.

import { setFlagsFromString } from "node:v8";

// As hostd/cli/hostd.mjs does.
setFlagsFromString("--semi-space-growth-factor=1");
const { RealSerialPorts } = await import("../../../hostd/consoles/edge/serial-ports.ts");
const { startHostd } = await import("../../../hostd/daemon.ts");
const { releaseStartMemory } = await import("../../../hostd/edge/memory.ts");
const { realClock } = await import("../../../hostd/edge/real-clock.ts");

const [dataDir = "", dir = ""] = process.argv.slice(2);
const free = { host: "127.0.0.1", port: 0 };
const hostd = await startHostd({
  dataDir,
  http: free,
  https: null,
  ssh: null,
  mqtt: free,
  webDir: null,
  serialPorts: new RealSerialPorts({ clock: realClock, dir }),
  log: (level, text) => process.stderr.write(`${level}: ${text}\n`),
});
releaseStartMemory();
process.on("SIGTERM", () => void hostd.stop());
process.stdout.write(`listening on ${hostd.urls.http}\n`);
