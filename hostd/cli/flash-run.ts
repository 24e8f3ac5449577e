// Flashing one backplane: what hostd knows, what the person says, and what the chip has become one
// configuration; then the chip is flashed, and hostd asked until it is online.
import { isLoopback } from "../addresses.ts";
import { CaddyError } from "../errors.ts";
import type { DeviceConfig } from "../flashing/config-sector.ts";
import { sleep } from "../flashing/deadline.ts";
import {
  type FlashEvent,
  type FlashResult,
  type FlashWish,
  flashBackplane,
  letGo,
} from "../flashing/flash.ts";
import type { BackplanePort, FlashKit } from "../flashing/kit.ts";
import { FlashPort } from "../flashing/port.ts";
import type { EventView, StatusView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import { checkWifi, type FlashOrder, type Wifi } from "./flash-options.ts";
import { ProgressView } from "./flash-progress.ts";
import type { CliIo } from "./io.ts";

const POLL_MS = 300;
const PLAIN_PORT = 1883;
const ANY_ADDRESS = ["0.0.0.0", "[::]", "::"];

export interface FlashOutcome extends FlashResult {
  backplane: string;
  port: string;
  tookMs: number;
  /** The module it came online with; null: it was not waited for. */
  module: string | null;
}

/** Throws CaddyError; `say` gets lines for people. */
export async function runFlash(
  client: HostdClient,
  io: CliIo,
  order: FlashOrder,
  say: (text: string) => void,
): Promise<FlashOutcome> {
  const { backplane } = order;
  const kitPath = `/api/v1/backplanes/${encodeURIComponent(backplane)}/flash-kit`;
  const kit = await client.post<FlashKit>(kitPath, { above: null });
  const path = order.port ?? (await portOf(client, backplane));
  const { binding, linesBeside } = await io.serial();
  const port = new FlashPort({ path, binding, clock: io.clock, linesBeside });
  const wish: FlashWish = {
    account: kit.account,
    key: Uint8Array.from(Buffer.from(kit.key, "hex")),
    image: order.image.bytes,
    module: Uint8Array.from(Buffer.from(kit.module, "base64")),
    config: configMaker(kit, order, io),
    nextSequence: async (above) =>
      (await client.post<FlashKit>(kitPath, { above })).sequence ?? above + 1,
    move: order.move,
  };
  const startMs = io.clock.nowMs();
  const result = await stoppable(io, port, flashOnce(io, wish, port, order.baud, say));
  const tookMs = io.clock.nowMs() - startMs;
  const done = { ...result, backplane, port: path, tookMs };
  say(summary(done));
  if (!order.wait) return { ...done, module: null };
  return { ...done, module: await untilOnline(client, io, backplane, order.timeoutMs) };
}

async function portOf(client: HostdClient, backplane: string): Promise<string> {
  const { ports } = await client.get<{ ports: BackplanePort[] }>("/api/v1/backplanes/ports");
  const usb = ports.find((port) => port.backplane === backplane)?.usb;
  if (usb) return usb;
  const detail = `which port is ${backplane} at? Give --port, or write usb: into shack.yaml`;
  throw new CaddyError("CADDY_USAGE", detail);
}

async function flashOnce(
  io: CliIo,
  wish: FlashWish,
  port: FlashPort,
  baud: number,
  say: (text: string) => void,
): Promise<FlashResult> {
  const progress = new ProgressView(io);
  const onEvent = (event: FlashEvent) => {
    if (event.type === "progress") progress.show(event);
    else {
      progress.leave();
      const text = eventText(event);
      if (text !== null) say(text);
    }
  };
  try {
    return await flashBackplane(wish, { port, clock: io.clock, baud, onEvent });
  } finally {
    progress.leave();
  }
}

/** Ctrl-C closes the port, and so ends whatever is under way. */
async function stoppable<T>(io: CliIo, port: FlashPort, flashing: Promise<T>): Promise<T> {
  const stopped = io.interrupted.then(async () => {
    await letGo(port, io.clock);
    const detail = "stopped; the same command goes on from here";
    throw new CaddyError("CADDY_FLASH_FAILED", detail);
  });
  flashing.catch(() => {});
  return Promise.race([flashing, stopped]);
}

function configMaker(kit: FlashKit, order: FlashOrder, io: CliIo): FlashWish["config"] {
  // Asked once, however often flashing begins anew.
  let asked: Wifi | null = order.wifi;
  return async (there) => {
    const own = there?.account === kit.account ? there : null;
    asked ??= own?.wifi ?? (await askWifi(io));
    const { account, password } = kit;
    const key = Uint8Array.from(Buffer.from(kit.key, "hex"));
    return { account, password, key, ...brokerOf(kit, order, own), wifi: asked };
  };
}

/**
 * What the person says, else what the backplane has, else where hostd's broker is. Plain MQTT: the
 * firmware has no TLS.
 */
function brokerOf(
  kit: FlashKit,
  order: FlashOrder,
  own: DeviceConfig | null,
): Pick<DeviceConfig, "broker" | "port"> {
  const { host, port, tls } = kit.broker;
  const given = order.broker;
  if (given) return { broker: given.host, port: given.port ?? (tls ? PLAIN_PORT : port) };
  if (own) return { broker: own.broker, port: own.port };
  if (tls) {
    const detail = `the firmware has no TLS, which ${host}:${port} wants: say --broker HOST:PORT`;
    throw new CaddyError("CADDY_USAGE", detail);
  }
  if (!isLoopback(host) && !ANY_ADDRESS.includes(host)) return { broker: host, port };
  const detail = `a backplane cannot reach the broker at ${host}:${port}: say --broker HOST[:PORT]`;
  throw new CaddyError("CADDY_USAGE", detail);
}

async function askWifi(io: CliIo): Promise<Wifi> {
  if (!io.terminal) {
    throw new CaddyError("CADDY_USAGE", "the backplane has no Wi-Fi yet: give --wifi-file FILE");
  }
  const ssid = await io.terminal.ask("Wi-Fi name: ", false);
  const password = await io.terminal.ask("Wi-Fi password (not shown): ", true);
  return checkWifi({ ssid, password });
}

function eventText(event: FlashEvent): string | null {
  switch (event.type) {
    case "connecting":
      return `port   ${event.port} at ${event.baud} baud`;
    case "chip": {
      const { mac, hasLines } = event.chip;
      const lines = hasLines ? "" : ", without control lines";
      return `chip   ESP8266, ${mac}, 4 MB flash${lines}, ${event.account ?? "not configured yet"}`;
    }
    case "retry":
      return `again  at ${event.baud} baud: ${event.reason}`;
    default:
      return null;
  }
}

function summary(done: Omit<FlashOutcome, "module">): string {
  const { writtenBytes, skippedBytes, tookMs } = done;
  const seconds = (tookMs / 1000).toFixed(1);
  if (writtenBytes === 0) return `done   nothing to write, all is right; ${seconds} s`;
  const there = skippedBytes > 0 ? `, ${skippedBytes} were right already` : "";
  return `done   ${writtenBytes} bytes written and compared in ${seconds} s${there}`;
}

/** Waits for a link-up after the restart; answers the module's id. */
async function untilOnline(
  client: HostdClient,
  io: CliIo,
  backplane: string,
  timeoutMs: number,
): Promise<string> {
  const newest = await events(client, "?limit=1");
  const since = newest.at(-1)?.id ?? 0;
  const endMs = io.clock.nowMs() + timeoutMs;
  while (io.clock.nowMs() < endMs) {
    const news = await events(client, `?since=${since}&limit=1000`);
    const up = news.some((e) => e.type === "backplane.online" && e.backplane === backplane);
    if (up) {
      const { backplanes } = await client.get<StatusView>("/api/v1/status");
      const view = backplanes.find(({ id }) => id === backplane);
      if (view?.online && view.module !== null) return view.module;
    }
    await sleep(io.clock, POLL_MS);
  }
  const detail = `${backplane} was not seen online within ${timeoutMs / 1000} s`;
  throw new CaddyError("CADDY_FLASH_OFFLINE", detail);
}

async function events(client: HostdClient, query: string): Promise<EventView[]> {
  return (await client.get<{ events: EventView[] }>(`/api/v1/events${query}`)).events;
}
