// The pusher of a hostd: with the keys and the file of its data directory.
import { join } from "node:path";
import { backplaneAccount } from "../../bus/broker/acl.ts";
import { PUSH_FILE } from "../../places.ts";
import { backplaneSecrets, nextSequence } from "../keys.ts";
import { writeModuleHeader } from "../module-image.ts";
import { loadPush, savePush } from "./file.ts";
import { Pusher, type PusherOptions } from "./pusher.ts";

type Given = Omit<PusherOptions, "seal" | "reseal" | "save" | "load"> & { dataDir: string };

export function makePusher({ dataDir, ...options }: Given): Pusher {
  const file = join(dataDir, PUSH_FILE);
  const accountOf = (backplane: string) => backplaneAccount(options.shack.name, backplane);
  const reseal = (backplane: string, module: Uint8Array, sequence: number) => {
    const { account, key } = backplaneSecrets(dataDir, accountOf(backplane));
    return writeModuleHeader(module, { account, key, sequence });
  };
  return new Pusher({
    ...options,
    reseal,
    seal(backplane, module, above) {
      const sequence = nextSequence(dataDir, accountOf(backplane), above);
      return { sequence, header: reseal(backplane, module, sequence) };
    },
    save: (push) => savePush(file, push),
    load: () => loadPush(file),
  });
}
