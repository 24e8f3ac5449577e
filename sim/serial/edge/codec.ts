// What the stub's code would compute, by Node: MD5, and what a zlib stream holds so far.

import { createHash } from "node:crypto";
import { constants, inflateSync } from "node:zlib";
import type { StubCodec } from "../../parts/boot-rom-stub.ts";

export const nodeCodec: StubCodec = {
  md5: (bytes) => createHash("md5").update(bytes).digest(),
  inflate: (begun) => inflateSync(begun, { finishFlush: constants.Z_SYNC_FLUSH }),
};
