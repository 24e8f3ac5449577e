// The firmware image of a Wemos, as the Arduino core's tools build it (elf2bin.py of 3.1): the
// loader eboot at 0, the application at 0x1000, each an ESP8266 image, and at the beginning of the
// application's code the length and CRC-32 of the whole file. All of it is checked before a flash
// is touched: a wrong file must cost nothing.

/** Where the update stage begins (firmware/device.md): an image reaches at most so far. */
export const IMAGE_BYTES_MAX = 0x100000;

const APP_AT = 0x1000;
const LENGTH_AT = APP_AT + 16;
const CRC_AT = APP_AT + 20;
const MAGIC = 0xe9;
const SEGMENTS_MAX = 16;
const CHECKSUM_SEED = 0xef;
const FLASH_SIZE_4MB = 4;
const GZIP = [0x1f, 0x8b];

/** Address ranges code and data of an ESP8266 may be loaded to. */
const LOADABLE: readonly (readonly [number, number])[] = [
  [0x3ffe8000, 0x40000000],
  [0x40100000, 0x40110000],
  [0x40200000, 0x40300000],
];

export type ImageFault = "not-an-image" | "other-chip" | "other-flash" | "damaged" | "too-long";

export class ImageError extends Error {
  readonly fault: ImageFault;

  constructor(fault: ImageFault, message: string) {
    super(message);
    this.name = "ImageError";
    this.fault = fault;
  }
}

/** Throws ImageError unless `bytes` is a whole image for an ESP8266 with 4 MB of flash. */
export function checkImage(bytes: Uint8Array): void {
  if (bytes[0] === GZIP[0] && bytes[1] === GZIP[1]) {
    throw new ImageError("not-an-image", "it is compressed: give the plain firmware.bin");
  }
  if (bytes[0] !== MAGIC) {
    throw new ImageError("not-an-image", "it does not begin with 0xE9, as firmware images do");
  }
  if (bytes.length > IMAGE_BYTES_MAX) {
    const size = `${bytes.length} bytes, at most ${IMAGE_BYTES_MAX} fit below the update stage`;
    throw new ImageError("too-long", size);
  }
  const loader = checkPart(bytes, 0, "loader");
  if (loader.sum !== bytes[loader.sumAt]) {
    throw new ImageError("damaged", "its loader has a wrong checksum");
  }
  if (bytes.length < CRC_AT + 4 || bytes[APP_AT] !== MAGIC) {
    throw new ImageError("not-an-image", "there is no application behind the loader, at 0x1000");
  }
  const sizeCode = (bytes[3] ?? 0) >> 4;
  if (sizeCode !== FLASH_SIZE_4MB) {
    const message = `it was built for another size of flash (code ${sizeCode}, 4 MB is code 4)`;
    throw new ImageError("other-flash", message);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(LENGTH_AT, true);
  if (length !== bytes.length) {
    throw new ImageError("damaged", `it has ${bytes.length} bytes and says it has ${length}`);
  }
  // The tools write both fields after the application's checksum, which is wrong from then on.
  checkPart(bytes, APP_AT, "application");
  if (imageCrc(bytes) !== view.getUint32(CRC_AT, true)) {
    throw new ImageError("damaged", "its CRC-32 is wrong");
  }
}

/** The CRC-32 eboot knows: most significant bit first, with the two fields counted as 0. */
export function imageCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) {
    const byte = at >= LENGTH_AT && at < CRC_AT + 4 ? 0 : (bytes[at] as number);
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

/** How long the image in a flash is, by its own word; null when there is none. */
export function imageLength(head: Uint8Array): number | null {
  if (head.length < CRC_AT + 4 || head[0] !== MAGIC || head[APP_AT] !== MAGIC) return null;
  const length = new DataView(head.buffer, head.byteOffset).getUint32(LENGTH_AT, true);
  return length > CRC_AT && length <= IMAGE_BYTES_MAX ? length : null;
}

/** The checksum of its segments, and where the file has it. */
function checkPart(bytes: Uint8Array, from: number, what: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (why: string) => new ImageError("damaged", `its ${what} ${why}`);
  if (bytes.length < from + 8) throw damaged("is cut short");
  const count = bytes[from + 1] as number;
  const entry = view.getUint32(from + 4, true);
  if (count > SEGMENTS_MAX || !isLoadable(entry)) throw foreign(what, entry);
  let at = from + 8;
  let sum = CHECKSUM_SEED;
  for (let segment = 0; segment < count; segment++) {
    if (at + 8 > bytes.length) throw damaged("is cut short");
    const address = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (length > 0 && !isLoadable(address)) throw foreign(what, address);
    at += 8;
    if (length > bytes.length - at) throw damaged("is cut short");
    for (let i = 0; i < length; i++) sum ^= bytes[at + i] as number;
    at += length;
  }
  // The checksum is the last byte of a line of 16.
  const sumAt = at | 15;
  if (sumAt >= bytes.length) throw damaged("is cut short");
  return { sum, sumAt };
}

function foreign(what: string, address: number): ImageError {
  const where = `0x${address.toString(16).padStart(8, "0")}`;
  const message = `its ${what} is loaded to ${where}, where an ESP8266 has no memory`;
  return new ImageError("other-chip", message);
}

function isLoadable(address: number): boolean {
  return LOADABLE.some(([from, to]) => address >= from && address < to);
}
