// The broker model against Mosquitto, packet by packet, with the accounts and access rules that
// hostd writes for it. The same exchange runs on the embedded broker in test/sim.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { aclFile, passwordFile } from "../../hostd/bus/broker/mosquitto.ts";
import { byStep, MOSQUITTO, withDifferences } from "../sim/mqtt/conformance/differences.ts";
import { access, passwords } from "../sim/mqtt/conformance/exchange.ts";
import { onModel } from "../sim/mqtt/conformance/on-model.ts";
import { onSockets } from "../sim/mqtt/conformance/on-sockets.ts";
import { Cleanup } from "./lib/child.ts";
import { startMosquitto } from "./lib/mosquitto.ts";

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

test("Mosquitto delivers what the model delivers", async () => {
  const folder = mkdtempSync(join(tmpdir(), "caddyshack-"));
  cleanup.add(() => rmSync(folder, { recursive: true }));
  const files = { passwords: join(folder, "passwords"), acl: join(folder, "acl") };
  writeFileSync(files.passwords, passwordFile(access, passwords), { mode: 0o600 });
  writeFileSync(files.acl, aclFile(access), { mode: 0o600 });
  const { daemon, port } = await startMosquitto(folder, files);
  cleanup.add(() => daemon.stop());
  const expected = withDifferences(onModel(), MOSQUITTO);
  expect(byStep(await onSockets(port, expected))).toEqual(byStep(expected));
});

test("a listed difference differs", () => {
  const model = byStep(onModel());
  for (const { step, hears, why } of MOSQUITTO) {
    expect(model[step], step).not.toEqual(hears);
    expect(why.length).toBeGreaterThan(20);
  }
});
