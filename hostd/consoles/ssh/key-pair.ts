// A new ed25519 key pair in OpenSSH form. Of 600 that ssh2 1.17 made, 4 could not be read again, by
// ssh2 itself either; such a one is made anew.

import type { utils } from "ssh2";

const TRIES_MAX = 20;

export function newKeyPair(tools: typeof utils, comment: string) {
  for (let i = 0; i < TRIES_MAX; i++) {
    const pair = tools.generateKeyPairSync("ed25519", { comment });
    if (!(tools.parseKey(pair.private) instanceof Error)) return pair;
  }
  throw new Error(`ssh2 made ${TRIES_MAX} keys in a row that cannot be read`);
}
