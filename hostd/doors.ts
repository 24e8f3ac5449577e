// Where hostd can be reached: HTTP, HTTPS, the Unix socket and SSH, all in front of the same rooms.

import { isIP } from "node:net";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { aboutHostd } from "./about.ts";
import { urlHost } from "./addresses.ts";
import { buildApi } from "./api/app.ts";
import { Auth } from "./api/auth.ts";
import { type Listen, Listeners } from "./api/listeners.ts";
import { certificate, certificateFile } from "./api/tls.ts";
import type { OpenBroker } from "./broker-room.ts";
import { adminPassword } from "./bus/broker/accounts.ts";
import type { Closers } from "./closers.ts";
import { writeBinding } from "./console-room.ts";
import type { ConsoleService } from "./consoles/service.ts";
import { SshConsoles } from "./consoles/ssh/server.ts";
import { isSystemError } from "./edge/files.ts";
import { realClock } from "./edge/real-clock.ts";
import { CaddyError } from "./errors.ts";
import { FlashKits } from "./flashing/kit.ts";
import type { Pusher } from "./flashing/push/pusher.ts";
import type { Shack } from "./model/shack.ts";
import { DEFAULT_HTTP, DEFAULT_HTTPS, DEFAULT_SSH, type HostdOptions } from "./options.ts";
import { SOCKET_FILE, SSH_HOST_KEY_FILE, USERS_FILE } from "./places.ts";
import type { Log } from "./ports.ts";
import type { Controller } from "./power/controller.ts";
import type { EventDraft } from "./power/state.ts";
import type { Store } from "./store/store.ts";
import { Users } from "./users/users.ts";
import { virtualModule } from "./virtual.ts";

export interface Urls {
  http: string | null;
  https: string | null;
  mqtt: string;
  /** `host:port` */
  ssh: string | null;
  socket: string;
}

function makeAuth(dataDir: string, store: Store, users: Users, controller: Controller): Auth {
  return new Auth({
    users,
    password: adminPassword(dataDir),
    sessions: store,
    clock: realClock,
    onRefused: (user, place) => controller.note(refusedLogin(user, place, "http")),
  });
}

export function refusedLogin(
  user: string,
  place: string,
  via: "http" | "mqtt" | "ssh",
): EventDraft {
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

export interface Doors {
  options: HostdOptions;
  shack: Shack;
  configFile: string;
  closers: Closers;
  controller: Controller;
  pusher: Pusher;
  store: Store;
  consoles: ConsoleService;
  broker: OpenBroker;
  webDir: string | null;
  log: Log;
}

/** Opens all of them, the socket last: whoever finds it finds a hostd that is ready. */
export async function openDoors(doors: Doors): Promise<Urls> {
  const { options, closers, shack, configFile, controller, store, broker, webDir, log } = doors;
  const { consoles, pusher } = doors;
  const { dataDir, virtual = false } = options;
  const users = new Users(join(dataDir, USERS_FILE), realClock);
  users.start();
  const clock = realClock;
  const names = ownNames(options);
  const startedWallMs = clock.wallMs();
  let listeners: Listeners | null = null;
  let urls: Pick<Urls, "http" | "https" | "ssh"> = { http: null, https: null, ssh: null };
  const { app, hub } = await buildApi({
    supply: shack.supply,
    controller,
    store,
    consoles,
    pusher,
    builtModule: virtualModule,
    flashKits: new FlashKits({ shack, dataDir, brokerUrl: broker.url, module: virtualModule }),
    bindConsole: (caddy, port) => writeBinding(configFile, caddy, port),
    users,
    auth: makeAuth(dataDir, store, users, controller),
    clock,
    log,
    about: () => aboutHostd({ controller, broker, clock, startedWallMs, virtual, configFile }),
    ways: () => ({ web: urls.https ?? urls.http ?? "", ssh: urls.ssh }),
    channelOf: (socket) => listeners?.channelOf(socket) ?? "http",
    localUser: localUser(),
    ownNames: ["localhost", ...names],
    webDir,
  });
  const opened = new Listeners(
    (request, response) => app.routing(request, response),
    (request, socket, head) => app.server.emit("upgrade", request, socket, head),
  );
  listeners = opened;
  closers.add("api", () => app.close());
  closers.add("listeners", () => opened.close());
  hub.start();
  closers.add("event streams", () => hub.stop());
  const ssh = await openSsh(doors, users);
  const opening = await listen(options, opened, names, { mqtt: broker.url, ssh });
  urls = opening;
  return opening;
}

/** Answers host:port, or null when there is to be none. */
async function openSsh(doors: Doors, users: Users): Promise<string | null> {
  const { options, consoles, closers, controller, log } = doors;
  const at = options.ssh === undefined ? DEFAULT_SSH : options.ssh;
  if (at === null) return null;
  const ssh = new SshConsoles({
    listen: at,
    hostKeyFile: join(options.dataDir, SSH_HOST_KEY_FILE),
    consoles,
    users,
    clock: realClock,
    log,
    onRefused: (user, place) => controller.note(refusedLogin(user, place, "ssh")),
  });
  closers.add("ssh", () => ssh.stop());
  return `${urlHost(at.host)}:${await ssh.start()}`;
}

async function listen(
  options: HostdOptions,
  listeners: Listeners,
  names: readonly string[],
  others: Pick<Urls, "mqtt" | "ssh">,
): Promise<Urls> {
  const { dataDir } = options;
  const http = options.http === undefined ? DEFAULT_HTTP : options.http;
  const https = options.https === undefined ? DEFAULT_HTTPS : options.https;
  const socket = join(dataDir, SOCKET_FILE);
  const urls: Urls = { http: null, https: null, ...others, socket };
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
