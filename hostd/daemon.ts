// hostd as a library: `startHostd` opens everything in order, `stop` closes it in reverse. Neither
// ever sends a power command.

import { join } from "node:path";
import { openBroker } from "./broker-room.ts";
import { moduleFilters } from "./bus/topics.ts";
import { Closers, unlessAborted } from "./closers.ts";
import { openConsoles } from "./console-room.ts";
import { openDoors, refusedLogin, type Urls } from "./doors.ts";
import { dataDirError, ensureDataDir } from "./edge/files.ts";
import { randomId } from "./edge/random.ts";
import { realClock } from "./edge/real-clock.ts";
import { dashboardDir } from "./edge/web-build.ts";
import { backplaneSecrets } from "./flashing/keys.ts";
import { makePusher } from "./flashing/push/make.ts";
import { safeLog } from "./log.ts";
import type { Shack } from "./model/shack.ts";
import {
  checkInsecure,
  chooseBroker,
  findConfig,
  type HostdOptions,
  loadShack,
} from "./options.ts";
import { ADMIN_PASSWORD_FILE, DATABASE_FILE, RACK_SOCKET_FILE } from "./places.ts";
import type { Log } from "./ports.ts";
import { Controller } from "./power/controller.ts";
import type { EventDraft, EventType } from "./power/state.ts";
import { startCheckpoints } from "./store/edge/checkpoints.ts";
import { lockDataDir } from "./store/lock.ts";
import { STORE_LIMITS, Store } from "./store/store.ts";
import {
  type LiveRack,
  startVirtual,
  type VirtualOptions,
  type VirtualPorts,
  virtualModule,
  virtualPorts,
} from "./virtual.ts";

export type { HostdOptions } from "./options.ts";

export interface Hostd {
  urls: Urls;
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
  const simulated = virtual ? await simulatedPorts(options, log) : null;
  const ports = options.serialPorts ?? simulated?.ports;
  const consoles = openConsoles({ shack, dataDir, clock, log, controller, store, ports });
  closers.add("consoles", () => consoles.stop());
  const parts = { shack, configFile, controller, pusher, store, broker, webDir, consoles };
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
  const rack = await startRack(options, shack, broker.loginOf, module.bytes, log);
  closers.add("virtual rack", () => rack.stop());
  closers.add("simulated ports", async () => simulated?.stop());
  simulated?.follow(rack);
  signal?.throwIfAborted();
  return { ...hostd, rack };
}

function startRack(
  { dataDir, seed = 1, lane = "v8" }: HostdOptions,
  shack: Shack,
  connect: VirtualOptions["connect"],
  moduleBytes: Uint8Array,
  log: Log,
): Promise<LiveRack> {
  return startVirtual(
    {
      shack,
      seed,
      lane,
      connect,
      controlSocket: join(dataDir, RACK_SOCKET_FILE),
      keyOf: (account) => backplaneSecrets(dataDir, account).key,
      onError: (error) => log("error", `the virtual rack stopped: ${String(error)}`),
      onTrouble: (error) => log("error", error.message),
    },
    moduleBytes,
  );
}

async function simulatedPorts(
  { serialPorts, serialDir }: HostdOptions,
  log: Log,
): Promise<VirtualPorts | null> {
  if (serialPorts !== undefined) return null;
  return virtualPorts(realClock, serialDir, (error) => log("error", error.message));
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
