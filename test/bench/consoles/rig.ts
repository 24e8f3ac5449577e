// Pairs of pseudo-terminals, hostd on their near ends, and who looks at its consoles.

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Cleanup, Daemon } from "../../system/lib/child.ts";
import { dataFolder } from "../../system/lib/hostd.ts";
import { type PtyPair, ptyPair } from "../../system/lib/pty.ts";

const daemonFile = fileURLToPath(new URL("daemon.ts", import.meta.url));

const OPEN_MS_MAX = 60_000;

export const caddyName = (index: number): string => `c${String(index + 1).padStart(2, "0")}`;

/** A shack of so many caddies, each with the console port `port-<name>`. */
export function consoleShackYaml(caddies: number, keepMib: number): string {
  const backplanes = Math.ceil(caddies / 4);
  const lines = [
    "version: 1",
    `shack: { name: bench, supply: { volts: 5.1, amps: ${backplanes * 12} } }`,
    `consoles: { keep_mib: ${keepMib}, keep_days: 30 }`,
    "backplanes:",
    ...Array.from({ length: backplanes }, (_, bp) => `  - { id: bp${bp + 1}, slots: 4 }`),
    "caddies:",
  ];
  for (let index = 0; index < caddies; index++) {
    const slot = `bp${Math.floor(index / 4) + 1}/${(index % 4) + 1}`;
    const name = caddyName(index);
    lines.push(
      `  - { name: ${name}, slot: ${slot}, carrier: pi4, console: { port: port-${name} } }`,
    );
  }
  return `${lines.join("\n")}\n`;
}

export interface Running {
  daemon: Daemon;
  url: string;
  headers: { authorization: string };
}

export class Rig {
  readonly cleanup = new Cleanup();
  readonly dataDir: string;
  readonly portsDir: string;
  readonly pairs: PtyPair[] = [];
  readonly #folder: string;

  constructor() {
    const { dir, remove } = dataFolder();
    this.cleanup.add(remove);
    this.dataDir = dir;
    this.#folder = join(dir, "..");
    this.portsDir = join(this.#folder, "by-path");
    mkdirSync(this.portsDir);
  }

  /** One more pair; a name makes it a port of hostd. */
  async pair(name: string | null): Promise<PtyPair> {
    const pair = await ptyPair(this.#folder, `p${this.pairs.length}`);
    this.cleanup.add(() => pair.close());
    this.pairs.push(pair);
    if (name !== null) symlinkSync(pair.near, join(this.portsDir, `port-${name}`));
    return pair;
  }

  writeShack(yaml: string): void {
    writeFileSync(join(this.dataDir, "shack.yaml"), yaml);
  }

  /** Starts hostd; `nodeOptions` go to Node, a profiler for instance. */
  async hostd(nodeOptions: readonly string[] = []): Promise<Running> {
    const args = [...nodeOptions, daemonFile, this.dataDir, this.portsDir];
    const daemon = new Daemon(process.execPath, args);
    this.cleanup.add(() => daemon.stop());
    const [, url = ""] = await daemon.printed(/listening on (\S+)\//);
    const password = readFileSync(join(this.dataDir, "admin-password"), "utf8").trim();
    const token = Buffer.from(`admin:${password}`).toString("base64");
    return { daemon, url, headers: { authorization: `Basic ${token}` } };
  }

  historyDir(name: string): string {
    return join(this.dataDir, "consoles", name);
  }
}

/** Until every console has its port open; one that failed is tried again by hostd. */
export async function untilOpen({ url, headers, daemon }: Running, caddies: number): Promise<void> {
  const untilMs = performance.now() + OPEN_MS_MAX;
  for (let index = 0; index < caddies; ) {
    const path = `/api/v1/caddies/${caddyName(index)}/console`;
    const answer = await fetch(`${url}${path}`, { headers });
    const console = (await answer.json()) as { line: string; reason: string };
    if (console.line === "open") index++;
    else if (performance.now() > untilMs) throw new Error(`${console.reason}\n${daemon.output}`);
    else await sleep(10);
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function hasSocat(): boolean {
  return existsSync("/usr/bin/socat");
}
