// A hostd in this process on free ports and a directory of its own, with fake backplanes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Hostd, type HostdOptions, startHostd } from "../../hostd/daemon.ts";
import { FakeBackplane } from "./fake-backplane.ts";

export const FREE = { host: "127.0.0.1", port: 0 };

export const SMALL_YAML = `version: 1
shack: { name: shack1, supply: { volts: 5, amps: 30 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi5 }
  - { name: web1, slot: bp1/2, carrier: pi4, shutdown_timeout_ms: 2000 }
  - { name: db2, slot: bp2/1, carrier: pi4 }
`;

export function tempDir(): string {
  return mkdtempSync(join(tmpdir(), "caddyshack-test-"));
}

export interface TestHostd {
  hostd: Hostd;
  dataDir: string;
  password: string;
  bp1: FakeBackplane;
  bp2: FakeBackplane;
  lines: string[];
  fake(id: string, slots: number): FakeBackplane;
  /** Stops hostd; the directory stays unless `remove`. */
  close(remove?: boolean): Promise<void>;
}

export async function startTestHostd(
  options: Partial<HostdOptions> & { yaml?: string; backplanes?: boolean } = {},
): Promise<TestHostd> {
  const { yaml = SMALL_YAML, backplanes = true, ...rest } = options;
  const dataDir = rest.dataDir ?? tempDir();
  writeFileSync(join(dataDir, "shack.yaml"), yaml);
  const lines: string[] = [];
  const hostd = await startHostd({
    dataDir,
    http: FREE,
    https: null,
    ssh: null,
    mqtt: FREE,
    webDir: null,
    log: (level, text) => lines.push(`${level}: ${text}`),
    ...rest,
  });
  const accounts = JSON.parse(readFileSync(join(dataDir, "broker-accounts.json"), "utf8"));
  const fakes: FakeBackplane[] = [];
  const fake = (id: string, slots: number) => {
    const password = accounts.accounts[`shack1/${id}`];
    const made = new FakeBackplane({ url: hostd.urls.mqtt, shack: "shack1", id, slots, password });
    fakes.push(made);
    return made;
  };
  const bp1 = fake("bp1", 3);
  const bp2 = fake("bp2", 2);
  const close = async (remove = true) => {
    for (const one of fakes) await one.end();
    await hostd.stop();
    if (remove) rmSync(dataDir, { recursive: true, force: true });
  };
  const password = readFileSync(join(dataDir, "admin-password"), "utf8").trim();
  if (backplanes) await Promise.all([bp1.up(), bp2.up()]);
  return { hostd, dataDir, password, bp1, bp2, lines, fake, close };
}

export function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}
