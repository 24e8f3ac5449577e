// `hostd console map`: powers one caddy after the other and sees which port appears or speaks.
import { type Finding, judge, type PortSample } from "../consoles/mapping.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { CaddyView, JobView, StatusView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { chooseCaddies } from "./connect.ts";
import { type CliIo, json } from "./io.ts";

/** Heard before the power is touched, to know what speaks anyway. */
const QUIET_MS = 3000;
/** A Pi's first words come within a few seconds; its USB adapter is there before them. */
const WATCH_MS = 30_000;
const LOOK_MS = 500;

export interface MapOptions {
  only: string[];
  /** May also power-cycle caddies that are on. */
  yes: boolean;
  json: boolean;
}

export interface MapResult {
  caddy: string;
  port: string | null;
  /** For people: how it was found, or why not. */
  how: string;
}

export async function mapConsoles(
  client: HostdClient,
  io: CliIo,
  options: MapOptions,
): Promise<number> {
  const status = await client.get<StatusView>("/api/v1/status");
  const wanted = options.only.length > 0 ? chooseCaddies(options.only, status) : status.caddies;
  const known = await client.get<{ ports: PortSample[]; bound: { caddy: string }[] }>(PORTS);
  const bound = new Set([...known.ports, ...known.bound].map(({ caddy }) => caddy));
  const todo = wanted.filter((caddy) => caddy.carrier !== null && !bound.has(caddy.name));
  const on = todo.filter(({ power }) => power === "on" || power === "stopping");
  if (on.length > 0 && !options.yes) {
    const names = on.map(({ name }) => name).join(", ");
    const detail = `these are on and would be power-cycled: ${names}`;
    throw new CaddyError("CADDY_USAGE", `${detail}; say --yes, or --only the others`);
  }
  const results: MapResult[] = [];
  for (const caddy of todo) {
    const result = await mapOne(client, io, caddy);
    results.push(result);
    if (!options.json) io.out(`${result.caddy}  ${result.port ?? "-"}  ${result.how}`);
  }
  if (options.json) io.out(json({ mapped: results }));
  else if (results.length === 0) io.out("every caddy that is there has its port");
  return results.every(({ port }) => port !== null) ? EXIT.done : EXIT.failed;
}

const PORTS = "/api/v1/console-ports";

async function mapOne(client: HostdClient, io: CliIo, caddy: CaddyView): Promise<MapResult> {
  const sample = async () => (await client.get<{ ports: PortSample[] }>(PORTS)).ports;
  await client.post(`${PORTS}/listen`, { seconds: 120 });
  const wasOn = caddy.power === "on";
  const not = (how: string): MapResult => ({ caddy: caddy.name, port: null, how });
  // A port of its own that goes with its power is one that appears again. Its disk is not harmed.
  const stopped = wasOn ? await power(client, caddy.name, "shutdown") : null;
  if (stopped !== null) return not(stopped);
  const first = await sample();
  await pause(io, QUIET_MS);
  const before = await sample();
  const failed = await power(client, caddy.name, "on");
  if (failed !== null) return not(wasOn ? `${failed}; it was on, and is off now` : failed);
  let finding: Finding;
  try {
    finding = await watch(io, sample, [first, before]);
  } finally {
    // As it was before, also when nothing was found.
    if (!wasOn) await power(client, caddy.name, "off");
  }
  if (finding.found === "port") {
    const path = `/api/v1/caddies/${caddy.name}/console/port`;
    await client.put(path, { port: finding.place });
    return { caddy: caddy.name, port: finding.place, how: finding.because };
  }
  return not(
    finding.found === "several"
      ? `several ports answered, none was taken: ${finding.places.join(", ")}`
      : `no port appeared or spoke within ${WATCH_MS / 1000} s`,
  );
}

/** Until something is clear, and a little longer: a second candidate makes it unclear. */
async function watch(
  io: CliIo,
  sample: () => Promise<PortSample[]>,
  quiet: [PortSample[], PortSample[]],
) {
  const untilMs = io.clock.nowMs() + WATCH_MS;
  let finding = judge(quiet, await sample());
  while (finding.found === "nothing" && io.clock.nowMs() < untilMs) {
    await pause(io, LOOK_MS);
    finding = judge(quiet, await sample());
  }
  if (finding.found !== "port") return finding;
  await pause(io, 2 * LOOK_MS);
  return judge(quiet, await sample());
}

/** Null when it was done, else what hindered it. */
async function power(client: HostdClient, name: string, action: string): Promise<string | null> {
  const { id } = await client.post<JobView>(`/api/v1/caddies/${name}/power`, { action });
  const path = `/api/v1/jobs/${id}?wait_ms=60000`;
  let job = await client.get<JobView>(path);
  if (job.state === "running") job = await client.get<JobView>(path);
  return job.state === "done" ? null : `power ${action}: ${job.state} ${job.reason ?? ""}`.trim();
}

const pause = (io: CliIo, ms: number): Promise<void> =>
  new Promise((resolve) => void io.clock.after(ms, resolve));
