// What the routes work with, and how a request carries who sent it.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ConsoleService } from "../consoles/service.ts";
import type { FlashKits } from "../flashing/kit.ts";
import type { Pusher } from "../flashing/push/pusher.ts";
import type { Caddy } from "../model/shack.ts";
import type { Clock, Log } from "../ports.ts";
import type { Controller } from "../power/controller.ts";
import type { Supply } from "../power/views.ts";
import type { Store } from "../store/store.ts";
import type { Users } from "../users/users.ts";
import type { Auth, Who } from "./auth.ts";
import type { AboutView } from "./schemas.ts";

/** How a connection came in. */
export type Channel = "unix" | "http" | "https";

export interface ApiContext {
  supply: Supply;
  controller: Controller;
  store: Store;
  /** Null where the role `consoles` does not run. */
  consoles: ConsoleService | null;
  /** Writes the port of a caddy's console into shack.yaml. Throws CADDY_CONFIG_INVALID. */
  bindConsole: (caddy: Caddy, port: string) => void;
  auth: Auth;
  users: Users;
  clock: Clock;
  log: Log;
  about: () => AboutView;
  /** Where the dashboard is, and host:port of the SSH server if there is one. */
  ways: () => { web: string; ssh: string | null };
  flashKits: FlashKits;
  pusher: Pusher;
  /** backplane.wasm as hostd builds it. Throws CADDY_BUILD. */
  builtModule: () => Promise<{ bytes: Uint8Array }>;
  channelOf: (socket: Socket) => Channel;
  /** Who owns the Unix socket. */
  localUser: string;
  /** Host names a write may be addressed to, lower case; IP addresses are always allowed. */
  ownNames: readonly string[];
  /** The built dashboard, or null. */
  webDir: string | null;
}

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module "fastify" {
  interface FastifyRequest {
    who: Who | null;
  }
  interface FastifyContextConfig {
    /** No authentication needed. */
    open?: boolean;
  }
}
