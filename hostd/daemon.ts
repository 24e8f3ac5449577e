// hostd as a library: `startHostd` opens everything in order, `stop` closes it in reverse. Neither
// ever sends a power command.

import { isIP } from "node:net";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { aboutHostd } from "./about.ts";
import { urlHost } from "./addresses.ts";
import { buildApi } from "./api/app.ts";
import { Auth } from "./api/auth.ts";
import { type Listen, Listeners } from "./api/listeners.ts";
import { certificate, certificateFile } from "./api/tls.ts";
import { type OpenBroker, openBroker } from "./broker-room.ts";
import { adminPassword } from "./bus/broker/accounts.ts";
import { moduleFilters } from "./bus/topics.ts";
import { Closers, unlessAborted } from "./closers.ts";
import { dataDirError, ensureDataDir, isSystemError } from "./edge/files.ts";
import { randomId } from "./edge/random.ts";
import { realClock } from "./edge/real-clock.ts";
import { dashboardDir } from "./edge/web-build.ts";
import { CaddyError } from "./errors.ts";
import { backplaneSecrets } from "./flashing/keys.ts";
import { FlashKits } from "./flashing/kit.ts";
import { makePusher } from "./flashing/push/make.ts";
import type { Pusher } from "./flashing/push/pusher.ts";
import { safeLog } from "./log.ts";
import type { Shack } from "./model/shack.ts";
import {
  checkInsecure,
  chooseBroker,
  DEFAULT_HTTP,
  DEFAULT_HTTPS,
  findConfig,
  type HostdOptions,
  loadShack,
} from "./options.ts";
import { ADMIN_PASSWORD_FILE, DATABASE_FILE, RACK_SOCKET_FILE, SOCKET_FILE } from "./places.ts";
import type { Log } from "./ports.ts";
import { Controller } from "./power/controller.ts";
import type { EventDraft, EventType } from "./power/state.ts";
import { startCheckpoints } from "./store/edge/checkpoints.ts";
import { lockDataDir } from "./store/lock.ts";
import { STORE_LIMITS, Store } from "./store/store.ts";
import { type LiveRack, startVirtual, virtualModule } from "./virtual.ts";

export type { HostdOptions } from "./options.ts";

export interface Hostd {
  urls: { http: string | null; https: string | null; mqtt: string; socket: string };
  dataDir: string;
  configFile: string;
  adminPasswordFile: string;
  moduleId: string | null;
  /** Milliseconds from the start to ready, without builds. */
  readyMs: number;
  controller: Controller;
  rack?: LiveRack;
  stop(): Promise<void>;
}

/**
 * Starts hostd in this process. Throws CaddyError with a code of errors.ts, or the reason of
 * `signal` when that is aborted meanwhile; nothing is left open then.
 */
export async function startHostd(given: HostdOptions): Promise<Hostd> {
  const closers = new Closers();
  const log = safeLog(given.log ?? (() => {}));
  const options = { ...given, log };
  const close = () => closers.run((text) => log("error", text));
  try {
    return await open(options, closers, close);
  } catch (error) {
    await close();
    throw dataDirError(error, options.dataDir);
  }
}

async function open(
  options: HostdOptions,
  closers: Closers,
  stop: () => Promise<void>,
): Promise<Hostd> {
  const { dataDir, virtual = false, signal } = options;
  const log = options.log ?? (() => {});
  signal?.throwIfAborted();
  ensureDataDir(dataDir);
  const lock = lockDataDir(dataDir, process.pid);
  closers.add("lock", () => lock.release());
  const configFile = findConfig(options);
  const shack = loadShack(configFile);
  const choice = chooseBroker(options, shack);
  checkInsecure(options, choice);
  const module = virtual ? await unlessAborted(signal, virtualModule()) : null;
  const built = () => unlessAborted(signal, dashboardDir(log, signal));
  const webDir = options.webDir === undefined ? await built() : options.webDir;
  const clock = realClock;
  const beganMs = clock.nowMs();

  const store = openStore(dataDir, closers, log);
  // The broker lets clients in before there is a controller to tell.
  let note = (draft: EventDraft): void => void store.addEvent(draft);
  const onRefused = (user: string, place: string) => note(refusedLogin(user, place, "mqtt"));
  const broker = await openBroker({ choice, dataDir, shack, clock, log, onRefused });
  closers.add("broker", () => broker.stop());
  const { bus } = broker;
  const alsoRead = moduleFilters(shack.name);
  const controller = new Controller({ shack, bus, alsoRead, clock, randomId, journal: store, log });
  closers.add("controller", () => controller.stop());
  const pusher = makePusher({ dataDir, shack, bus, clock, randomId, log, controller });
  pusher.start();
  closers.add("pusher", () => pusher.stop());
  note = (draft) => controller.note(draft);
  await unlessAborted(signal, controller.start());
  const parts = { shack, configFile, controller, pusher, store, broker, webDir };
  const urls = await openDoors({ options, closers, log, ...parts });
  noteHostd(controller, "hostd.started", virtual);
  closers.add("event log", () => noteHostd(controller, "hostd.stopped", virtual));

  signal?.throwIfAborted();
  const hostd: Hostd = {
    urls,
    dataDir,
    configFile,
    adminPasswordFile: join(dataDir, ADMIN_PASSWORD_FILE),
    moduleId: module?.id ?? null,
    readyMs: clock.nowMs() - beganMs,
    controller,
    stop,
  };
  if (!module) return hostd;
  const rack = await startVirtual(
    {
      shack,
      seed: options.seed ?? 1,
      controlSocket: join(dataDir, RACK_SOCKET_FILE),
      connect: broker.loginOf,
      lane: options.lane ?? "v8",
      keyOf: (account) => backplaneSecrets(dataDir, account).key,
      onError: (error) => log("error", `the virtual rack stopped: ${String(error)}`),
    },
    module.bytes,
  );
  closers.add("virtual rack", () => rack.stop());
  signal?.throwIfAborted();
  return { ...hostd, rack };
}

function openStore(dataDir: string, closers: Closers, log: Log): Store {
  const clock = realClock;
  const file = join(dataDir, DATABASE_FILE);
  const store = new Store(file, STORE_LIMITS, { clock, log });
  store.start(clock.wallMs());
  closers.add("store", () => store.stop());
  const checkpoints = startCheckpoints(file, () => store.writes, clock, log);
  closers.add("checkpoints", () => checkpoints.stop());
  const abandoned = store.closeAbandoned(clock.wallMs());
  if (abandoned > 0) log("warn", `${abandoned} commands were under way when hostd last ended`);
  return store;
}

function noteHostd(controller: Controller, type: EventType, virtual: boolean): void {
  const nothing = { caddy: null, backplane: null, actor: null };
  const data = { pid: process.pid, virtual };
  controller.note({ type, wallMs: realClock.wallMs(), ...nothing, data });
}

function makeAuth(dataDir: string, store: Store, controller: Controller): Auth {
  return new Auth({
    password: adminPassword(dataDir),
    sessions: store,
    clock: realClock,
    onRefused: (user, place) => controller.note(refusedLogin(user, place, "http")),
  });
}

function refusedLogin(user: string, place: string, via: "http" | "mqtt"): EventDraft {
  const nothing = { caddy: null, backplane: null };
  const data = { user: user.slice(0, 64), via };
  const wallMs = realClock.wallMs();
  return { type: "session.refused", wallMs, ...nothing, actor: place, data };
}

/** The names that a browser may use for this hostd, besides localhost and addresses. */
function ownNames({ http, https, names = [] }: HostdOptions): string[] {
  const own = [hostname(), `${hostname()}.local`, ...names];
  const listened = [http?.host ?? [], https?.host ?? []].flat().filter((host) => isIP(host) === 0);
  return [...new Set([...own, ...listened].map((name) => name.toLowerCase()))];
}

/** A container may run a user id without a name. */
function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "?"}`;
  }
}

interface Doors {
  options: HostdOptions;
  shack: Shack;
  configFile: string;
  closers: Closers;
  controller: Controller;
  pusher: Pusher;
  store: Store;
  broker: OpenBroker;
  webDir: string | null;
  log: Log;
}

async function openDoors(doors: Doors): Promise<Hostd["urls"]> {
  const { options, closers, shack, configFile, controller, store, broker, webDir, log } = doors;
  const { pusher } = doors;
  const { dataDir, virtual = false } = options;
  const clock = realClock;
  const names = ownNames(options);
  const startedWallMs = clock.wallMs();
  let listeners: Listeners | null = null;
  const { app, hub } = await buildApi({
    supply: shack.supply,
    controller,
    pusher,
    builtModule: virtualModule,
    store,
    auth: makeAuth(dataDir, store, controller),
    clock,
    log,
    flashKits: new FlashKits({ shack, dataDir, brokerUrl: broker.url, module: virtualModule }),
    about: () => aboutHostd({ controller, broker, clock, startedWallMs, virtual, configFile }),
    channelOf: (socket) => listeners?.channelOf(socket) ?? "http",
    localUser: localUser(),
    ownNames: ["localhost", ...names],
    webDir,
  });
  const opened = new Listeners((request, response) => app.routing(request, response));
  listeners = opened;
  closers.add("api", () => app.close());
  closers.add("listeners", () => opened.close());
  hub.start();
  closers.add("event streams", () => hub.stop());
  return listen(options, opened, names, broker);
}

async function listen(
  options: HostdOptions,
  listeners: Listeners,
  names: readonly string[],
  broker: OpenBroker,
): Promise<Hostd["urls"]> {
  const { dataDir } = options;
  const http = options.http === undefined ? DEFAULT_HTTP : options.http;
  const https = options.https === undefined ? DEFAULT_HTTPS : options.https;
  const socket = join(dataDir, SOCKET_FILE);
  const urls: Hostd["urls"] = { http: null, https: null, mqtt: broker.url, socket };
  if (http) {
    const port = await listeners.openHttp(http);
    urls.http = `http://${urlHost(http.host)}:${port}/`;
  }
  if (https) {
    const own = isIP(https.host) > 0 && !/^(0\.0\.0\.0|::)$/.test(https.host) ? [https.host] : [];
    const wanted = [...new Set(["localhost", ...names, "127.0.0.1", "::1", ...own])];
    const port = await openHttps(listeners, https, dataDir, wanted);
    urls.https = `https://${urlHost(https.host)}:${port}/`;
  }
  // Last: whoever finds the socket finds a hostd that is ready.
  await listeners.openUnix(socket);
  return urls;
}

async function openHttps(
  listeners: Listeners,
  at: Listen,
  dataDir: string,
  names: readonly string[],
): Promise<number> {
  try {
    return await listeners.openHttps(at, await certificate(dataDir, names, realClock.wallMs()));
  } catch (error) {
    if (error instanceof CaddyError || isSystemError(error)) throw error;
    const file = certificateFile(dataDir);
    const remedy = "remove it and key.pem beside it, hostd then makes new ones";
    throw new CaddyError("CADDY_DATA_DIR", `${file}: ${(error as Error).message}: ${remedy}`);
  }
}
