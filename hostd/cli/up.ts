import { resolve } from "node:path";
import type { Command } from "commander";
import { parseBrokerUrl, parseListen } from "../addresses.ts";
import { releaseStartMemory } from "../edge/memory.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { HostdOptions } from "../options.ts";
import type { Log } from "../ports.ts";
import { LANES, type LaneName } from "../virtual.ts";
import { openToOthers } from "./doctor.ts";
import { type CliIo, json } from "./io.ts";
import { findDataDir, SYSTEM_DATA } from "./locate.ts";
import type { Finish } from "./program.ts";

interface UpOptions {
  virtual?: boolean;
  config?: string;
  data?: string;
  http?: string;
  https?: string;
  ssh?: string;
  mqtt?: string;
  name?: string[];
  httpInsecure?: boolean;
  mqttInsecure?: boolean;
  seed?: string;
  serial?: string;
  lane?: string;
  json?: boolean;
}

/** A stop that takes longer is cut short; the store survives that. */
const STOP_MS = 1800;

export function addUp(program: Command, io: CliIo, finish: Finish): void {
  program
    .command("up")
    .description("Run hostd in the foreground. It never changes a caddy's power by itself.")
    .option("--virtual", "run a virtual rack too; without --data it uses ./.caddyshack")
    .option("--config <FILE>", "shack.yaml to use")
    .option("--data <DIR>", "data directory")
    .option("--http <HOST:PORT>", "HTTP listener, or off (default 127.0.0.1:8080)")
    .option("--https <HOST:PORT>", "HTTPS listener, or off (default 127.0.0.1:8443)")
    .option(
      "--mqtt <HOST:PORT|URL>",
      "the broker's listener (default 127.0.0.1:1883), or mqtt://...",
    )
    .option("--ssh <HOST:PORT>", "consoles over SSH, or off (default 127.0.0.1:2222)")
    .option("--name <HOST...>", "more names of this machine: for browsers and the certificate")
    .option("--http-insecure", "allow --http beyond this machine")
    .option("--mqtt-insecure", "allow --mqtt beyond this machine")
    .option("--seed <N>", "seed of the virtual rack (default 1)")
    .option("--serial <DIR>", "serial ports of the virtual rack as pseudo-terminals in DIR (socat)")
    .option("--lane <LANE>", "how virtual backplanes run: v8 (default), wasm3 or lx106")
    .option("--json", "print the addresses as JSON")
    .action(async (options: UpOptions) => finish(await up(options, io)));
}

async function up(options: UpOptions, io: CliIo): Promise<number> {
  const hostdOptions = upOptions(options, io);
  // Loaded only here: other verbs need none of it.
  const { startHostd } = await import("../daemon.ts");
  const callOff = new AbortController();
  const stopping = io.interrupted.then(() => {
    callOff.abort();
    return "stop" as const;
  });
  const starting = startHostd({ ...hostdOptions, signal: callOff.signal });
  const hostd = await Promise.race([starting, stopping]);
  if (hostd === "stop") return stop(() => calledOff(starting, callOff.signal), options, io);
  for (const text of openToOthers(hostd.dataDir)) hostdOptions.log?.("warn", text);
  if (options.json) {
    const { urls, dataDir, configFile, adminPasswordFile, moduleId, readyMs } = hostd;
    io.out(json({ urls, dataDir, configFile, adminPasswordFile, moduleId, readyMs }));
  } else io.out(greeting(hostd, options, io));
  releaseStartMemory();
  await io.interrupted;
  return stop(() => hostd.stop(), options, io);
}

/** A start that was called off closes what it had opened, and then says that it was called off. */
async function calledOff(starting: Promise<Started>, signal: AbortSignal): Promise<void> {
  try {
    await (await starting).stop();
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}

async function stop(close: () => Promise<void>, options: UpOptions, io: CliIo): Promise<number> {
  if (!options.json) io.err("hostd: stopping; caddies keep their power");
  let cancel = () => {};
  const late = new Promise<"late">((done) => {
    cancel = io.clock.after(STOP_MS, () => done("late"));
  });
  const ended = await Promise.race([close(), late]);
  cancel();
  if (ended === "late") {
    io.err("hostd: something did not close in time; leaving anyway");
    process.exit(EXIT.failed);
  }
  return EXIT.done;
}

function laneName(text: string, virtual: boolean): LaneName {
  const lane = LANES.find((name) => name === text);
  if (lane === undefined) {
    throw new CaddyError("CADDY_USAGE", `--lane wants ${LANES.join(", ")}, not ${text}`);
  }
  if (!virtual) throw new CaddyError("CADDY_USAGE", "--lane is for a virtual rack: add --virtual");
  return lane;
}

function upOptions(options: UpOptions, io: CliIo): HostdOptions {
  const virtual = options.virtual === true;
  const log: Log = (level, text) => io.err(`hostd: ${level === "info" ? "" : `${level}: `}${text}`);
  const seed = options.seed === undefined ? 1 : Number(options.seed);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new CaddyError("CADDY_USAGE", `--seed wants 0 to 4294967295, not ${options.seed}`);
  }
  const result: HostdOptions = {
    dataDir: findDataDir(options.data, io.env, virtual),
    virtual,
    seed,
    log,
    httpInsecure: options.httpInsecure === true,
    mqttInsecure: options.mqttInsecure === true,
  };
  if (options.lane !== undefined) result.lane = laneName(options.lane, virtual);
  if (options.name !== undefined) result.names = options.name.map(hostName);
  if (options.serial !== undefined) {
    if (!virtual) throw new CaddyError("CADDY_USAGE", "--serial goes with --virtual only");
    result.serialDir = resolve(io.env.cwd, options.serial);
  }
  if (options.config !== undefined) result.configFile = resolve(io.env.cwd, options.config);
  if (options.http !== undefined) result.http = parseListen(options.http, "--http");
  if (options.https !== undefined) result.https = parseListen(options.https, "--https");
  if (options.ssh !== undefined) result.ssh = parseListen(options.ssh, "--ssh");
  if (options.mqtt?.includes("://")) {
    parseBrokerUrl(options.mqtt);
    result.mqtt = options.mqtt;
  } else if (options.mqtt !== undefined) {
    const mqtt = parseListen(options.mqtt, "--mqtt");
    if (!mqtt) throw new CaddyError("CADDY_USAGE", "--mqtt cannot be off: hostd lives on it");
    result.mqtt = mqtt;
  }
  return result;
}

function hostName(text: string): string {
  if (/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text)) return text.toLowerCase();
  throw new CaddyError("CADDY_USAGE", `--name wants a host name such as rack.lan, not ${text}`);
}

type Started = Awaited<ReturnType<typeof import("../daemon.ts").startHostd>>;

function greeting(hostd: Started, options: UpOptions, io: CliIo): string {
  const { urls, adminPasswordFile, dataDir, moduleId } = hostd;
  const found = findDataDir(undefined, io.env);
  const data = found === dataDir ? "" : ` --data ${dataDir}`;
  const lines = [
    `hostd is up${options.virtual ? " with a virtual rack" : ""}.`,
    "",
    ...(urls.http ? [`  dashboard  ${urls.http}`] : []),
    ...(urls.https ? [`  or         ${urls.https}  (its certificate is self-made)`] : []),
    `  MQTT       ${urls.mqtt}`,
    ...(urls.ssh
      ? [`  consoles   ssh CADDY@HOST, port ${urls.ssh.split(":").at(-1)}, keys only`]
      : []),
    `  log in as  admin, password in ${adminPasswordFile}`,
    `  rack       ${hostd.configFile}${moduleId ? `, module ${moduleId}` : ""}`,
    "",
    "Try next, in another terminal:",
    `  npx hostd status${data}`,
    `  npx hostd power on 'bp1/*'${data}`,
    `  npx hostd events --follow${data}`,
  ];
  if (dataDir !== SYSTEM_DATA) lines.push("", "Ctrl-C stops hostd and changes no caddy's power.");
  return lines.join("\n");
}
