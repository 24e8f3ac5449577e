// Numbers of the ESP8266's serial boot loader, as Espressif's "Serial Protocol" documents them.

export const OP = {
  FLASH_BEGIN: 0x02,
  FLASH_DATA: 0x03,
  FLASH_END: 0x04,
  MEM_BEGIN: 0x05,
  MEM_END: 0x06,
  MEM_DATA: 0x07,
  SYNC: 0x08,
  WRITE_REG: 0x09,
  READ_REG: 0x0a,
  CHANGE_BAUD: 0x0f,
  FLASH_DEFL_BEGIN: 0x10,
  FLASH_DEFL_DATA: 0x11,
  FLASH_DEFL_END: 0x12,
  FLASH_MD5: 0x13,
  ERASE_FLASH: 0xd0,
  ERASE_REGION: 0xd1,
  READ_FLASH: 0xd2,
  RUN_USER_CODE: 0xd3,
} as const;

/** Second status byte of a refusal: by the ROM below 0x10, by the stub above 0xC0. */
export const ERROR = {
  INVALID_MESSAGE: 0x05,
  FAILED: 0x06,
  BAD_CHECKSUM: 0x07,
  STUB_BAD_LENGTH: 0xc0,
  STUB_BAD_CHECKSUM: 0xc1,
  STUB_BAD_BLOCK_SIZE: 0xc2,
  STUB_FLASH_FAILED: 0xc4,
  STUB_NOT_IN_FLASH_MODE: 0xc6,
  STUB_INFLATE: 0xc7,
  STUB_NOT_ENOUGH_DATA: 0xc8,
  STUB_TOO_MUCH_DATA: 0xc9,
  STUB_UNKNOWN: 0xff,
} as const;

export const REGISTER = {
  /** Tells the chips of the family apart. */
  MAGIC: 0x40001000,
  EFUSE_0: 0x3ff00050,
  EFUSE_1: 0x3ff00054,
  EFUSE_3: 0x3ff0005c,
  UART_CLKDIV: 0x60000014,
  SPI_CMD: 0x60000200,
  SPI_USR: 0x6000021c,
  SPI_USR1: 0x60000220,
  SPI_USR2: 0x60000224,
  SPI_W0: 0x60000240,
} as const;

export const MAGIC_ESP8266 = 0xfff0c101;
export const MAGIC_ESP32 = 0x00f01d83;

/** The ROM's log comes at this rate: 115200 at the 40 MHz it believes in, with a 26 MHz crystal. */
export const BOOT_LOG_BAUD = 74_880;
/** The ROM measures the rate of SYNC; esptool begins with this one. */
export const ROM_BAUD = 115_200;
/** The UART's clock in Hz. */
export const UART_CLOCK_HZ = 52_000_000;
export const BLOCK_BYTES_MAX = 0x4000;
export const CHECKSUM_SEED = 0xef;

const DIRECTION_REQUEST = 0;
const DIRECTION_RESPONSE = 1;
const HEADER_BYTES = 8;

export interface Request {
  op: number;
  /** Of the data of *_DATA requests. */
  checksum: number;
  body: Uint8Array;
}

/** null when the packet is none, or its length is not what it says. */
export function parseRequest(packet: Uint8Array): Request | null {
  if (packet.length < HEADER_BYTES || packet[0] !== DIRECTION_REQUEST) return null;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const length = view.getUint16(2, true);
  if (packet.length !== HEADER_BYTES + length) return null;
  const checksum = view.getUint32(4, true);
  return { op: packet[1] as number, checksum, body: packet.slice(HEADER_BYTES) };
}

/** A response packet: value, data, then the two status bytes (0 0, or 1 and an ERROR). */
export function response(op: number, value: number, data: Uint8Array, error = 0): Uint8Array {
  const packet = new Uint8Array(HEADER_BYTES + data.length + 2);
  const view = new DataView(packet.buffer);
  packet[0] = DIRECTION_RESPONSE;
  packet[1] = op;
  view.setUint16(2, data.length + 2, true);
  view.setUint32(4, value >>> 0, true);
  packet.set(data, HEADER_BYTES);
  packet[HEADER_BYTES + data.length] = error === 0 ? 0 : 1;
  packet[HEADER_BYTES + data.length + 1] = error;
  return packet;
}

/** The 32-bit words a request begins with. */
export function words(body: Uint8Array): number[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Array.from({ length: body.length >> 2 }, (_, i) => view.getUint32(4 * i, true));
}

export function checksumOf(data: Uint8Array): number {
  return data.reduce((sum, byte) => sum ^ byte, CHECKSUM_SEED);
}
