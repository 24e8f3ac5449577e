// The C client against Mosquitto, with the accounts and access rules hostd writes for it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { aclFile, passwordFile } from "../../hostd/bus/broker/mosquitto.ts";
import { access, passwords } from "../sim/mqtt/conformance/exchange.ts";
import type { Daemon } from "../system/lib/child.ts";
import { startMosquitto } from "../system/lib/mosquitto.ts";
import { exchangeWith } from "./mqtt-exchange.ts";

const folder = mkdtempSync(join(tmpdir(), "caddyshack-mqtt-"));
const files = { passwords: join(folder, "passwords"), acl: join(folder, "acl") };
writeFileSync(files.passwords, passwordFile(access, passwords), { mode: 0o600 });
writeFileSync(files.acl, aclFile(access), { mode: 0o600 });
afterAll(() => rmSync(folder, { recursive: true }));

let daemon: Daemon;

describe("with Mosquitto", () => {
  exchangeWith({
    async start() {
      const started = await startMosquitto(folder, files);
      daemon = started.daemon;
      return started.port;
    },
    stop: async () => void (await daemon.stop()),
  });
});
