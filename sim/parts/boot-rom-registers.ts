// The registers esptool looks at: what chip it is, its MAC address in efuses, and the SPI
// controller that asks the flash chip for its id.

import { MAGIC_ESP8266, REGISTER, ROM_BAUD, UART_CLOCK_HZ } from "./boot-rom-words.ts";
import type { NorFlash } from "./nor-flash.ts";

const SPI_CMD_USR = 1 << 18;
const SPI_USR_MISO = 1 << 28;
const MISO_BITS_AT = 8;
const MISO_BITS_MASK = 0x1ff;
const READ_ID = 0x9f;
const MANUFACTURER_AND_TYPE = 0x40ef;

export class SpiRegisters {
  readonly #values = new Map<number, number>();
  readonly #flash: NorFlash;

  constructor(chip: { flash: NorFlash; mac: readonly number[]; magic?: number }) {
    this.#flash = chip.flash;
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = chip.mac;
    this.#values.set(REGISTER.MAGIC, chip.magic ?? MAGIC_ESP8266);
    this.#values.set(REGISTER.EFUSE_0, (f << 24) >>> 0);
    this.#values.set(REGISTER.EFUSE_1, 0x02000000 | (d << 8) | e);
    this.#values.set(REGISTER.EFUSE_3, (a << 16) | (b << 8) | c);
    this.#values.set(REGISTER.UART_CLKDIV, Math.round(UART_CLOCK_HZ / ROM_BAUD));
  }

  /** `attached`: something has set the SPI pins up for the flash; the ROM alone has not. */
  read(address: number, attached: boolean): number {
    const value = this.#values.get(address) ?? 0;
    if (address === REGISTER.SPI_W0 && !attached) return 0;
    return value;
  }

  write(address: number, value: number): void {
    if (address !== REGISTER.SPI_CMD) {
      this.#values.set(address, value >>> 0);
      return;
    }
    // The command is carried out at once, and its bit is clear again.
    if ((value & SPI_CMD_USR) !== 0) this.#command();
  }

  #command(): void {
    const command = (this.#values.get(REGISTER.SPI_USR2) ?? 0) & 0xff;
    const usr = this.#values.get(REGISTER.SPI_USR) ?? 0;
    if (command !== READ_ID || (usr & SPI_USR_MISO) === 0) return;
    const lengths = this.#values.get(REGISTER.SPI_USR1) ?? 0;
    const bits = ((lengths >>> MISO_BITS_AT) & MISO_BITS_MASK) + 1;
    const capacity = Math.round(Math.log2(this.#flash.size));
    const id = ((capacity << 16) | MANUFACTURER_AND_TYPE) >>> 0;
    // As many bits come back as were asked for.
    this.#values.set(REGISTER.SPI_W0, bits >= 32 ? id : id & ((1 << bits) - 1));
  }
}
