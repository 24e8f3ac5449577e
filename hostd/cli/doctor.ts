// Looks at everything a person would look at when something does not work, here and in hostd.
import { join } from "node:path";
import type { Command } from "commander";
import type { AboutView } from "../api/schemas.ts";
import { fileMode } from "../edge/files.ts";
import { CaddyError, EXIT } from "../errors.ts";
import { findConfig, loadShack } from "../options.ts";
import {
  ACCOUNTS_FILE,
  ADMIN_PASSWORD_FILE,
  BROKER_PASSWORD_FILE,
  DATABASE_FILE,
  SOCKET_FILE,
} from "../places.ts";
import type { StatusView } from "../power/views.ts";
import { type CommonOptions, withClient, withConnection } from "./connect.ts";
import { type CliIo, json, table } from "./io.ts";
import { findDataDir } from "./locate.ts";
import type { Finish } from "./program.ts";

export interface Check {
  name: string;
  state: "ok" | "warning" | "failed";
  detail: string;
}

const NODE_WANTED = 24;
const CLOCK_APART_MAX_MS = 2000;
const PRIVATE_FILES = [
  ADMIN_PASSWORD_FILE,
  ACCOUNTS_FILE,
  BROKER_PASSWORD_FILE,
  DATABASE_FILE,
  SOCKET_FILE,
  "tls/key.pem",
];

export function addDoctor(program: Command, io: CliIo, finish: Finish): void {
  withConnection(
    program.command("doctor").description("Check this machine, its data directory and hostd."),
  ).action(async (options: CommonOptions) => {
    const dataDir = findDataDir(options.data, io.env);
    const { about, checks: remote } = await remoteChecks(options, io);
    const used = about?.config_file ?? null;
    const here = fileMode(dataDir) === null ? [] : [configCheck(dataDir, used)];
    const local = options.url === undefined ? [...localChecks(dataDir), ...here] : [];
    const checks = [nodeCheck(process.version), ...local, ...remote];
    if (options.json) io.out(json({ checks }));
    else io.out(table(checks.map(({ state, name, detail }) => [state, name, detail])));
    const broken = checks.filter(({ state }) => state === "failed").length;
    if (broken > 0 && !options.json) io.err(`hostd: ${broken} of ${checks.length} checks failed`);
    finish(broken > 0 ? EXIT.failed : EXIT.done);
  });
}

export function nodeCheck(version: string): Check {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  const state = major >= NODE_WANTED ? "ok" : "failed";
  return { name: "node", state, detail: `${version} (${NODE_WANTED} or newer is needed)` };
}

export function localChecks(dataDir: string): Check[] {
  if (fileMode(dataDir) === null) {
    const detail = `${dataDir} is not there yet; hostd up makes it`;
    return [{ name: "data directory", state: "warning", detail }];
  }
  const open = openToOthers(dataDir);
  if (open.length === 0) return [{ name: "data directory", state: "ok", detail: dataDir }];
  return open.map((detail) => ({ name: "data directory", state: "warning", detail }));
}

/** What of the data directory others than its owner may read, and how to close it. */
export function openToOthers(dataDir: string): string[] {
  const open = (path: string, wanted: string) => {
    const mode = fileMode(path);
    if (mode === null || (mode & 0o077) === 0) return [];
    return [`${path} is open to others (mode ${mode.toString(8).padStart(4, "0")}): ${wanted}`];
  };
  return [
    ...open(dataDir, `chmod 700 ${dataDir}`),
    ...PRIVATE_FILES.map((file) => join(dataDir, file)).flatMap((file) =>
      open(file, `chmod 600 ${file}`),
    ),
  ];
}

/** `used`: the file that the running hostd reads, when one runs. */
function configCheck(dataDir: string, used: string | null): Check {
  const name = "shack.yaml";
  try {
    const file = used ?? findConfig({ dataDir });
    const shack = loadShack(file);
    const { backplanes, caddies } = shack;
    const detail = `${file}: ${backplanes.length} backplanes, ${caddies.length} caddies`;
    return { name, state: "ok", detail };
  } catch (error) {
    if (!(error instanceof CaddyError)) throw error;
    return { name, state: "failed", detail: error.message.split("\n")[0] ?? "" };
  }
}

interface Remote {
  about: AboutView | null;
  checks: Check[];
}

async function remoteChecks(options: CommonOptions, io: CliIo): Promise<Remote> {
  try {
    return await withClient(options, io, async (client) => {
      const askedMs = io.clock.wallMs();
      const about = await client.get<AboutView>("/api/v1/about");
      const status = await client.get<StatusView>("/api/v1/status");
      const { version, node, pid, virtual } = about;
      const kind = virtual ? ", virtual rack" : "";
      const detail = `version ${version}, Node ${node}, process ${pid}${kind}`;
      const checks: Check[] = [
        { name: "hostd", state: "ok", detail },
        clockCheck(about.now, askedMs),
        brokerCheck(about),
        ...backplaneChecks(status),
        moduleCheck(status),
        configsCheck(about, status),
      ];
      return { about, checks };
    });
  } catch (error) {
    if (!(error instanceof CaddyError)) throw error;
    const checks: Check[] = [{ name: "hostd", state: "failed", detail: error.message }];
    return { about: null, checks };
  }
}

export function clockCheck(now: string, askedMs: number): Check {
  const apartMs = Math.abs(Date.parse(now) - askedMs);
  const state = apartMs > CLOCK_APART_MAX_MS ? "warning" : "ok";
  const detail = `hostd's clock says ${now}, ${(apartMs / 1000).toFixed(1)} s from this one`;
  return { name: "clock", state, detail };
}

function brokerCheck({ broker }: AboutView): Check {
  const state = broker.linked ? "ok" : "failed";
  const link = broker.linked ? "linked" : "no link: is it running, is the account right?";
  return { name: "broker", state, detail: `${broker.kind} at ${broker.address}, ${link}` };
}

export function backplaneChecks({ backplanes }: StatusView): Check[] {
  const down = backplanes.filter(({ online }) => !online).map(({ id }) => id);
  const count = `${backplanes.length - down.length} of ${backplanes.length} online`;
  if (down.length === 0) return [{ name: "backplanes", state: "ok", detail: count }];
  const detail = `${count}; check supply and Wi-Fi of ${down.join(", ")}`;
  return [{ name: "backplanes", state: "failed", detail }];
}

/** All backplanes should run the same module, and have the slots that shack.yaml says. */
export function moduleCheck({ backplanes }: StatusView): Check {
  const name = "module";
  const online = backplanes.filter((backplane) => backplane.online);
  const wrong = online.filter(({ slots, info }) => info && info.slots !== slots);
  if (wrong.length > 0) {
    const list = wrong.map((b) => `${b.id} has ${b.info?.slots}, shack.yaml says ${b.slots}`);
    return { name, state: "failed", detail: `slots differ: ${list.join("; ")}` };
  }
  const ids = new Set(online.map(({ module }) => module ?? "unknown"));
  if (ids.size <= 1) return { name, state: "ok", detail: `${[...ids][0] ?? "none online"}` };
  const list = online.map(({ id, module }) => `${id} ${module ?? "unknown"}`);
  return { name, state: "warning", detail: `they differ: ${list.join(", ")}` };
}

function configsCheck({ configs }: AboutView, { backplanes }: StatusView): Check {
  const name = "config";
  const online = new Set(backplanes.filter((b) => b.online).map((b) => b.id));
  const open = configs.filter((c) => online.has(c.backplane) && c.result !== "done");
  if (open.length === 0) return { name, state: "ok", detail: "accepted by every backplane online" };
  const list = open.map(({ backplane, result, reason, line }) => {
    const where = line === null ? "" : ` in line ${line}`;
    return `${backplane}: ${result ?? "no answer"}${reason ? ` (${reason}${where})` : ""}`;
  });
  return { name, state: "failed", detail: list.join("; ") };
}
