// A firmware image for the simulated chip: shaped as the Arduino core's tools shape them (loader,
// application, checksums, CRC), with noise for code. What then runs is a lane's business.

import { FLASH } from "../../firmware/device.gen.ts";
import { imageCrc } from "../../hostd/flashing/image.ts";
import { checksumOf } from "../parts/boot-rom-words.ts";
import { RandomSource } from "../world/random.ts";

const APP_AT = FLASH.SECTOR;
const EBOOT_ENTRY = 0x4010f000;
const APP_ENTRY = 0x40100004;
const IROM_AT = 0x40201010;
const DIO_40MHZ_4MB = [2, 0x40] as const;
const FILL = 0xaa;
const SEGMENT_HEAD = 8;
const LOADER_BYTES = 3460;
const LINE_BYTES = 16;
const MAGIC = 0xe9;
/** Six bits in eight are chance: firmware compresses to about three quarters. */
const CHANCE_BITS = 0x3f;

/** `bytes`: about the length of the file, at least 8 KB; the seed decides the noise. */
export function simulatedImage(bytes: number, seed: number): Uint8Array {
  const random = new RandomSource(seed).stream("image");
  const code = new Uint8Array(bytes);
  random.fill(code);
  const loader = part(EBOOT_ENTRY, EBOOT_ENTRY, code.subarray(0, LOADER_BYTES));
  const body = code.subarray(0, bytes - APP_AT - LINE_BYTES).map((byte) => byte & CHANCE_BITS);
  body.fill(0, 0, 8);
  const app = part(APP_ENTRY, IROM_AT, body);
  const image = new Uint8Array(APP_AT + app.length).fill(FILL);
  image.set(loader);
  image.set(app, APP_AT);
  const view = new DataView(image.buffer);
  view.setUint32(APP_AT + 16, image.length, true);
  view.setUint32(APP_AT + 20, imageCrc(image), true);
  return image;
}

/** One image of one segment, with the checksum as the last byte of a line. */
function part(entry: number, address: number, body: Uint8Array): Uint8Array {
  const end = 8 + SEGMENT_HEAD + body.length;
  const bytes = new Uint8Array((end | (LINE_BYTES - 1)) + 1);
  const view = new DataView(bytes.buffer);
  bytes.set([MAGIC, 1, ...DIO_40MHZ_4MB]);
  view.setUint32(4, entry, true);
  view.setUint32(8, address, true);
  view.setUint32(12, body.length, true);
  bytes.set(body, 8 + SEGMENT_HEAD);
  bytes[bytes.length - 1] = checksumOf(body);
  return bytes;
}
