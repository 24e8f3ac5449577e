// One session with the boot loader of an ESP8266: reset into it, look at chip and flash, load the
// stub, then read, compare, erase and write. Everything ends in bounded time. esptool-js does the
// protocol; its quirks are kept in here.
import { createHash } from "node:crypto";
import { ESPLoader } from "esptool-js";
import { CaddyError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { withDeadline } from "./deadline.ts";
import { EspLink } from "./link.ts";
import type { FlashPort } from "./port.ts";
import { flashFailed, noAnswer, wrongChip } from "./troubles.ts";

export const ROM_BAUD = 115_200;
/** The loader alone clears GPIO0's pull first: RTS by itself would start the ROM again. */
const RUN_SEQUENCE = "D0|R1|W100|R0";
const CHIP = "ESP8266";
const CONNECT_ATTEMPTS = 4;
const CONNECT_MS = 15_000;
const STUB_MS = 10_000;
const SHORT_MS = 5000;
/** Flash is read at no less than 115,200 baud: 11 KB/s. */
const READ_MS_PER_KB = 250;
/** The data sheet's worst for 4 KB: 400 ms to erase, and as long again to send and write. */
const WRITE_MS = 20_000;
const WRITE_MS_PER_KB = 250;
const MD5_MS_PER_MB = 8000;
const DIGEST_BYTES = 16;
/** JEDEC: the third byte of a flash id is the power of two of its size. */
const FLASH_POWER_MIN = 0x10;
const FLASH_POWER_MAX = 0x1c;

export interface ChipInfo {
  mac: string;
  flashBytes: number;
  baud: number;
  hasLines: boolean;
}

export class ChipSession {
  readonly #port: FlashPort;
  readonly #clock: Clock;
  readonly #loader: ESPLoader;
  readonly #link: EspLink;
  readonly #baud: number;

  /** `log` gets what esptool would print. */
  constructor(port: FlashPort, clock: Clock, baud: number, log: (text: string) => void = () => {}) {
    this.#port = port;
    this.#clock = clock;
    this.#baud = baud;
    this.#link = new EspLink(port, clock);
    const terminal = { clean: () => {}, write: log, writeLine: log };
    const options = { baudrate: baud, romBaudrate: ROM_BAUD, debugLogging: false };
    this.#loader = new ESPLoader({ transport: this.#link, terminal, ...options });
    this.#loader.FLASH_READ_TIMEOUT = SHORT_MS;
  }

  /** Throws CADDY_FLASH_PORT, _NO_ANSWER, _CHIP or _FAILED; nothing was written then. */
  async connect(): Promise<ChipInfo> {
    await this.#sync();
    const name = this.#loader.chip?.CHIP_NAME;
    if (name !== CHIP) throw wrongChip(this.#port.path, `it is an ${name}, not an ${CHIP}`);
    const mac = await this.#run("read its address", SHORT_MS, () => this.#readMac());
    await this.#run("load its stub", STUB_MS, () => this.#loader.runStub());
    if (this.#baud !== ROM_BAUD) {
      await this.#run("change its rate", CONNECT_MS, () => this.#loader.changeBaud());
    }
    const flashBytes = await this.#run("ask its flash", SHORT_MS, () => this.#flashBytes());
    const hasLines = this.#port.hasLines !== false;
    return { mac, flashBytes, baud: this.#link.baudrate, hasLines };
  }

  /** MD5 of a part of the flash, hex. */
  md5(offset: number, length: number): Promise<string> {
    const limitMs = SHORT_MS + (length / 1e6) * MD5_MS_PER_MB;
    return this.#run("compare", limitMs, () => this.#loader.flashMd5sum(offset, length));
  }

  /** Reads a part of the flash; checked by its MD5. */
  read(offset: number, length: number): Promise<Uint8Array> {
    const limitMs = SHORT_MS + (length / 1024) * READ_MS_PER_KB;
    return this.#run("read", limitMs, async () => {
      const bytes = await this.#loader.readFlash(offset, length);
      // The digest follows as a packet of its own, which esptool-js leaves lying.
      const digest = await this.#link.read(SHORT_MS);
      if (digest.length !== DIGEST_BYTES || !md5Of(bytes).equals(Buffer.from(digest))) {
        throw new Error("what was read does not match its MD5");
      }
      return bytes;
    });
  }

  /** Erases and writes, and compares the MD5. `progress` gets the share that is written, 0 to 1. */
  async write(offset: number, bytes: Uint8Array, progress: (share: number) => void): Promise<void> {
    const limitMs = WRITE_MS + (bytes.length / 1024) * WRITE_MS_PER_KB;
    await this.#run("write", limitMs, () =>
      this.#loader.writeFlash({
        fileArray: [{ data: bytes, address: offset }],
        flashMode: "keep",
        flashFreq: "keep",
        flashSize: "keep",
        eraseAll: false,
        compress: true,
        reportProgress: (_file, done, total) => progress(done / total),
        calculateMD5Hash: (image) => md5Of(image).toString("hex"),
      }),
    );
  }

  /** Lets the chip run what is in its flash. */
  async restart(): Promise<void> {
    await this.#run("restart", SHORT_MS, async () => {
      if (this.#port.hasLines === false) await this.#loader.after("soft_reset");
      else await this.#loader.after("custom_reset", false, RUN_SEQUENCE);
    });
  }

  /** The port stays open, and this session has no part in it any more. */
  giveUp(): void {
    this.#link.kill();
  }

  async close(): Promise<void> {
    this.giveUp();
    await this.#port.close();
  }

  async #sync(): Promise<void> {
    const connecting = this.#loader.connect("default_reset", CONNECT_ATTEMPTS);
    const late = () => noAnswer(this.#port.path, this.#port.hasLines);
    try {
      await withDeadline(this.#clock, CONNECT_MS, connecting, late);
    } catch (error) {
      if (error instanceof CaddyError) throw error;
      const text = String(error);
      if (/magic|chip id/i.test(text)) throw wrongChip(this.#port.path, "it is no chip known here");
      throw noAnswer(this.#port.path, this.#port.hasLines);
    }
  }

  async #readMac(): Promise<string> {
    return this.#loader.chip.readMac(this.#loader);
  }

  /**
   * esptool-js asks an ESP8266 as if it had the length registers of its successors, and gets noise:
   * without them it uses those the chip has.
   */
  async #flashBytes(): Promise<number> {
    Object.assign(this.#loader.chip, { SPI_MOSI_DLEN_OFFS: null, SPI_MISO_DLEN_OFFS: null });
    const id = await this.#loader.readFlashId();
    const power = (id >>> 16) & 0xff;
    return power >= FLASH_POWER_MIN && power <= FLASH_POWER_MAX ? 2 ** power : 0;
  }

  async #run<T>(what: string, limitMs: number, act: () => Promise<T>): Promise<T> {
    const late = () => new Error(`it took more than ${Math.round(limitMs)} ms to ${what}`);
    try {
      return await withDeadline(this.#clock, limitMs, act(), late);
    } catch (error) {
      throw flashFailed(this.#port.path, error);
    }
  }
}

export function md5Of(bytes: Uint8Array): Buffer {
  return createHash("md5").update(bytes).digest();
}
