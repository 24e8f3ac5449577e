// hostd beside Debian's ser2net: the same stream, at the same time, on pseudo-terminals of the same
// kind, each with one client for each line.

import { writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { Daemon } from "../../system/lib/child.ts";
import { percentile, type Row } from "../report.ts";
import { Busy, cpuMs, memoryMB } from "./process.ts";
import { caddyName, consoleShackYaml, Rig, sleep, untilOpen } from "./rig.ts";
import { Source } from "./source.ts";
import { StreamCheck } from "./stream.ts";
import { BenchViewer } from "./viewer.ts";

export const SER2NET = "/usr/sbin/ser2net";
const WARM_UP_MS = 3000;
const SETTLE_MS = 1500;

export interface BesideOptions {
  lines: number;
  durationMs: number;
}

export async function benchBeside(options: BesideOptions): Promise<Row[]> {
  const rig = new Rig();
  try {
    return await measure(rig, options);
  } finally {
    await rig.cleanup.run();
  }
}

/** A client of ser2net: raw TCP, no offsets. */
class RawClient {
  at = 0;
  readonly delaysMs: number[] = [];
  readonly check = new StreamCheck(null);
  readonly #source: Source;
  #measured = 0;

  constructor(socket: Socket, source: Source) {
    this.#source = source;
    socket.on("data", (bytes) => this.#take(bytes));
  }

  #take(bytes: Buffer): void {
    this.at += bytes.length;
    this.check.take(bytes);
    const nowMs = performance.now();
    for (;;) {
      const next = this.#source.sentAt[this.#measured];
      if (next === undefined || next.end > this.at) return;
      this.delaysMs.push(nowMs - next.atMs);
      this.#measured++;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** One connection of ser2net for each line, as its own manual page has it: ser2net.yaml(5). */
async function startSer2net(rig: Rig, lines: number) {
  const sources: Source[] = [];
  const ports: number[] = [];
  const yaml = ["%YAML 1.1", "---"];
  for (let index = 0; index < lines; index++) {
    const pair = await rig.pair(null);
    sources.push(sourceOf(rig, pair.far));
    const port = await freePort();
    ports.push(port);
    yaml.push(`connection: &line${index}`, `    accepter: tcp,127.0.0.1,${port}`);
    yaml.push(`    connector: serialdev,${pair.near},115200n81,local`);
  }
  const file = join(rig.dataDir, "..", "ser2net.yaml");
  writeFileSync(file, `${yaml.join("\n")}\n`);
  const daemon = new Daemon(SER2NET, ["-n", "-d", "-c", file, "-P", `${file}.pid`]);
  rig.cleanup.add(() => daemon.stop());
  const clients: RawClient[] = [];
  for (const [index, port] of ports.entries()) {
    const socket = await connected(port);
    rig.cleanup.add(() => socket.destroy());
    clients.push(new RawClient(socket, sources[index] as Source));
  }
  return { pid: daemon.pid, sources, clients };
}

function sourceOf(rig: Rig, farEnd: string): Source {
  const source = new Source(farEnd);
  rig.cleanup.add(() => source.close());
  return source;
}

/** It listens a little after it was started. */
async function connected(port: number): Promise<Socket> {
  for (let left = 100; ; left--) {
    const socket = connect(port, "127.0.0.1");
    try {
      await new Promise((done, fail) => socket.once("connect", done).once("error", fail));
      return socket;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(50);
    }
  }
}

async function measure(rig: Rig, { lines, durationMs }: BesideOptions): Promise<Row[]> {
  rig.writeShack(consoleShackYaml(lines, 64));
  const ours: Source[] = [];
  for (let i = 0; i < lines; i++) ours.push(sourceOf(rig, (await rig.pair(caddyName(i))).far));
  const running = await rig.hostd();
  await untilOpen(running, lines);
  const viewers = ours.map((source, i) => new BenchViewer(running, caddyName(i), 0, source));
  await Promise.all(viewers.map((viewer) => viewer.opened()));
  const other = await startSer2net(rig, lines);
  const pids = { hostd: running.daemon.pid, ser2net: other.pid };

  for (const source of [...ours, ...other.sources]) source.start();
  // Both may compile, load and fill what they keep.
  await sleep(WARM_UP_MS);
  const busy = new Busy();
  const began = { hostd: cpuMs(pids.hostd), ser2net: cpuMs(pids.ser2net) };
  const sentBefore = { hostd: sum(ours), ser2net: sum(other.sources) };
  await sleep(durationMs);
  const used = {
    hostd: cpuMs(pids.hostd) - began.hostd,
    ser2net: cpuMs(pids.ser2net) - began.ser2net,
  };
  const sent = {
    hostd: sum(ours) - sentBefore.hostd,
    ser2net: sum(other.sources) - sentBefore.ser2net,
  };
  const why = `the machine was ${Math.round(100 * busy.share())} % busy`;
  for (const source of [...ours, ...other.sources]) source.pause();
  await sleep(SETTLE_MS);
  return [
    ...rows("hostd", viewers, ours, used.hostd / sent.hostd, memoryMB(pids.hostd, "VmRSS"), why),
    ...rows(
      "ser2net",
      other.clients,
      other.sources,
      used.ser2net / sent.ser2net,
      memoryMB(pids.ser2net, "VmRSS"),
      why,
    ),
  ];
}

const sum = (sources: readonly Source[]) => sources.reduce((all, { sent }) => all + sent, 0);

function rows(
  name: string,
  clients: readonly { at: number; delaysMs: number[]; check: StreamCheck }[],
  sources: readonly Source[],
  cpuMsPerByte: number,
  memory: number,
  why: string,
): Row[] {
  const what = `beside, ${sources.length} lines, ${name}`;
  const delaysMs = clients.flatMap((client) => client.delaysMs);
  const missing = sources.reduce((all, { sent }, i) => all + sent - (clients[i]?.at ?? 0), 0);
  const wrong = clients.reduce(
    (all, { check }) => all + check.lost + check.corrupt + check.repeated,
    0,
  );
  const ours = name === "hostd";
  return [
    {
      what: `${what}: processor time per MB`,
      measured: cpuMsPerByte * 1e6,
      unit: "ms",
      kind: "time",
      why,
    },
    { what: `${what}: delay, p50`, measured: percentile(delaysMs, 0.5), unit: "ms", kind: "time" },
    { what: `${what}: delay, p99`, measured: percentile(delaysMs, 0.99), unit: "ms", kind: "time" },
    { what: `${what}: resident memory`, measured: memory, unit: "MB", kind: "memory" },
    {
      what: `${what}: lost`,
      measured: missing,
      unit: "bytes",
      kind: "size",
      ...(ours ? { budget: { atMost: 0 } } : {}),
      why: `${wrong} lines lost, wrong or twice`,
    },
  ];
}
