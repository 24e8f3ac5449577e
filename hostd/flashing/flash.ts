// Flashes one backplane: look at the chip, write only what differs, compare it, restart. A session
// that fails is begun again, slower each time; what is right already is not sent again, so that an
// unplugged cable costs little more than plugging it in.
import { FLASH } from "../../firmware/device.gen.ts";
import { CaddyError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { type ChipInfo, ChipSession, md5Of, ROM_BAUD } from "./chip.ts";
import { type DeviceConfig, writeConfigSector } from "./config-sector.ts";
import { sleep } from "./deadline.ts";
import { writeModuleSlot } from "./module-image.ts";
import {
  CONFIG_AT,
  DURABLE_AT,
  type Found,
  imagePieces,
  look,
  MODULE_AT,
  type ModulePlan,
  type Piece,
  planConfig,
  planModule,
  SLOTS,
} from "./plan.ts";
import type { FlashPort } from "./port.ts";
import { wrongChip } from "./troubles.ts";

/** What the chip shall hold. */
export interface FlashWish {
  account: string;
  key: Uint8Array;
  image: Uint8Array;
  module: Uint8Array;
  /** The configuration, from the one that is there. Throws when something is missing for it. */
  config: (there: DeviceConfig | null) => DeviceConfig | Promise<DeviceConfig>;
  /** A number for a new module, above what the chip has. */
  nextSequence: (above: number) => Promise<number>;
  /** The chip may be another backplane's. */
  move: boolean;
}

export type RegionName = "image" | "module" | "config" | "record";

export type FlashEvent =
  | { type: "connecting"; port: string; baud: number }
  | { type: "chip"; chip: ChipInfo; account: string | null }
  | {
      type: "progress";
      region: RegionName;
      /** Right in the chip by now, and how much of that this session has sent. */
      doneBytes: number;
      writtenBytes: number;
      totalBytes: number;
    }
  | { type: "retry"; reason: string; baud: number }
  | { type: "restarted" };

export interface FlashPorts {
  port: FlashPort;
  clock: Clock;
  baud: number;
  onEvent: (event: FlashEvent) => void;
}

export interface FlashResult {
  chip: ChipInfo;
  writtenBytes: number;
  skippedBytes: number;
  retries: number;
}

const SESSIONS_MAX = 4;
const PAUSE_MS = 200;
const RESET_MS = 100;
/** Slower and slower; the ROM's own rate last. */
const LADDER = [921_600, 460_800, 230_400, ROM_BAUD];

interface Region extends Piece {
  name: RegionName;
}

/**
 * Throws CaddyError: CADDY_FLASH_*, or what `wish` throws. Before a chip of the right kind and
 * owner was seen nothing is erased.
 */
export async function flashBackplane(wish: FlashWish, ports: FlashPorts): Promise<FlashResult> {
  let baud = ports.baud;
  let answered = false;
  const onEvent = (event: FlashEvent) => {
    answered ||= event.type === "chip";
    ports.onEvent(event);
  };
  for (let retries = 0; ; retries++) {
    const session = new ChipSession(ports.port, ports.clock, baud);
    try {
      ports.onEvent({ type: "connecting", port: ports.port.path, baud });
      const done = await new Flashing(session, wish, { ...ports, onEvent }).run();
      return { ...done, retries };
    } catch (error) {
      if (retries + 1 === SESSIONS_MAX || !isWorthARetry(error, answered)) {
        session.giveUp();
        await letGo(ports.port, ports.clock);
        throw error;
      }
      await session.close();
      baud = LADDER.find((slower) => slower < baud) ?? ROM_BAUD;
      ports.onEvent({ type: "retry", reason: error.message, baud });
      await sleep(ports.clock, PAUSE_MS);
    }
  }
}

/**
 * Lets the chip run what it has, as far as that is whole, and closes the port: a backplane must not
 * stay in its boot loader because something was refused.
 */
export async function letGo(port: FlashPort, clock: Clock): Promise<void> {
  try {
    await port.setLines({ dtr: false, rts: true });
    await sleep(clock, RESET_MS);
    await port.setLines({ rts: false });
  } catch {
    // The port has gone, and the chip's power with it.
  }
  await port.close();
}

/** A chip that never answered was already called several times. */
function isWorthARetry(error: unknown, answered: boolean): error is CaddyError {
  if (!(error instanceof CaddyError)) return false;
  return (
    error.code === "CADDY_FLASH_FAILED" || (answered && error.code === "CADDY_FLASH_NO_ANSWER")
  );
}

/** Reads what there is, for `--list`; the chip is restarted afterwards. */
export async function lookAt(
  port: FlashPort,
  clock: Clock,
  baud: number,
): Promise<{ chip: ChipInfo; found: Found }> {
  const session = new ChipSession(port, clock, baud);
  try {
    const chip = await session.connect();
    const found = await inspect(session, chip, port.path);
    return { chip, found };
  } finally {
    session.giveUp();
    await letGo(port, clock);
  }
}

async function inspect(session: ChipSession, chip: ChipInfo, path: string): Promise<Found> {
  if (chip.flashBytes !== FLASH.SIZE) {
    const size = chip.flashBytes === 0 ? "no known size" : `${chip.flashBytes} bytes`;
    throw wrongChip(path, `its flash has ${size}, not ${FLASH.SIZE}`);
  }
  const config = await session.read(FLASH.CONFIG_A, 2 * FLASH.SECTOR);
  return look({
    configA: config.slice(0, FLASH.SECTOR),
    configB: config.slice(FLASH.SECTOR),
    moduleA: await session.read(FLASH.MODULE_A, FLASH.MODULE_SIZE),
    moduleB: await session.read(FLASH.MODULE_B, FLASH.MODULE_SIZE),
  });
}

class Flashing {
  readonly #session: ChipSession;
  readonly #wish: FlashWish;
  readonly #ports: FlashPorts;
  #total = 0;
  #written = 0;
  #skipped = 0;

  constructor(session: ChipSession, wish: FlashWish, ports: FlashPorts) {
    this.#session = session;
    this.#wish = wish;
    this.#ports = ports;
  }

  async run(): Promise<Omit<FlashResult, "retries">> {
    const { port, onEvent } = this.#ports;
    const { image, move, account } = this.#wish;
    const chip = await this.#session.connect();
    const found = await inspect(this.#session, chip, port.path);
    const there = found.config?.config ?? null;
    onEvent({ type: "chip", chip, account: there?.account ?? null });
    if (there !== null && there.account !== account && !move) {
      const detail = `${port.path} (${chip.mac}) is ${there.account}, not ${account}`;
      throw new CaddyError("CADDY_FLASH_OTHER", detail);
    }
    // Everything that can be missing is asked for before the first byte is erased.
    const regions = [
      ...(await this.#moduleRegions(found)),
      ...(await this.#configRegions(found, there)),
    ];
    const pieces = imagePieces(image);
    const head = pieces.pop() as Piece;
    this.#total = [head, ...pieces, ...regions].reduce((sum, { bytes }) => sum + bytes.length, 0);
    const headIsThere = await this.#imageBody(pieces, head);
    for (const region of regions) await this.#ensure(region.name, region);
    if (headIsThere) this.#skip("image", head);
    else await this.#write("image", head);
    await this.#session.restart();
    await this.#session.close();
    onEvent({ type: "restarted" });
    return { chip, writtenBytes: this.#written, skippedBytes: this.#skipped };
  }

  /** Writes what differs behind the first sector; before that the first sector goes. */
  async #imageBody(pieces: readonly Piece[], head: Piece): Promise<boolean> {
    const wrong: Piece[] = [];
    for (const piece of pieces) {
      if (await this.#isThere(piece)) this.#skip("image", piece);
      else wrong.push(piece);
    }
    if (wrong.length === 0) return this.#isThere(head);
    const blank = new Uint8Array(head.bytes.length).fill(0xff);
    await this.#session.write(head.offset, blank, () => {});
    for (const piece of wrong) await this.#write("image", piece);
    return false;
  }

  /** The record first: a module that is whole must find it. */
  async #moduleRegions(found: Found): Promise<Region[]> {
    const { module, account, key, nextSequence } = this.#wish;
    const planned = planModule(found, this.#wish);
    if (planned === null) return [];
    const sequence = await nextSequence(found.sequence);
    const bytes = writeModuleSlot(module, { account, key, sequence });
    const slot: Region = { name: "module", offset: MODULE_AT[planned.to], bytes };
    return [...(await this.#recordRegions(planned)), slot];
  }

  async #recordRegions({ to, durable }: ModulePlan): Promise<Region[]> {
    const name = "record";
    if (durable === "keep") return [];
    const blank = new Uint8Array(FLASH.DURABLE_SIZE).fill(0xff);
    if (durable === "erase") {
      return SLOTS.map((slot) => ({ name, offset: DURABLE_AT[slot], bytes: blank }));
    }
    const bytes = await this.#session.read(DURABLE_AT[durable], FLASH.DURABLE_SIZE);
    return [{ name, offset: DURABLE_AT[to], bytes }];
  }

  async #configRegions(found: Found, there: DeviceConfig | null): Promise<Region[]> {
    const config = await this.#wish.config(there);
    const planned = planConfig(found, config);
    if (planned === null) return [];
    const bytes = writeConfigSector(config, planned.sequence);
    return [{ name: "config", offset: CONFIG_AT[planned.to], bytes }];
  }

  async #ensure(name: RegionName, piece: Piece): Promise<void> {
    if (await this.#isThere(piece)) this.#skip(name, piece);
    else await this.#write(name, piece);
  }

  async #isThere({ offset, bytes }: Piece): Promise<boolean> {
    return (await this.#session.md5(offset, bytes.length)) === md5Of(bytes).toString("hex");
  }

  #skip(region: RegionName, { bytes }: Piece): void {
    this.#skipped += bytes.length;
    this.#tell(region, 0);
  }

  async #write(region: RegionName, { offset, bytes }: Piece): Promise<void> {
    await this.#session.write(offset, bytes, (share) => this.#tell(region, share * bytes.length));
    this.#written += bytes.length;
    this.#tell(region, 0);
  }

  #tell(region: RegionName, underWay: number): void {
    const writtenBytes = this.#written + underWay;
    const doneBytes = this.#skipped + writtenBytes;
    const totalBytes = this.#total;
    this.#ports.onEvent({ type: "progress", region, doneBytes, writtenBytes, totalBytes });
  }
}
