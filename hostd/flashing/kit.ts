// What a backplane gets when it is flashed, and only hostd has: its account and password, its key,
// the module, and where the broker is.

import { CaddyError } from "../errors.ts";
import type { Shack } from "../model/shack.ts";
import { backplaneSecrets, nextSequence } from "./keys.ts";

export interface FlashKit {
  backplane: string;
  account: string;
  password: string;
  /** 64 hex digits. */
  key: string;
  /** backplane.wasm, base64, and its id as `info` shows it. */
  module: string;
  module_id: string;
  /** For a new module, when one was asked for. */
  sequence: number | null;
  broker: { host: string; port: number; tls: boolean };
}

/** A serial port that shack.yaml gives to a backplane, null: none. */
export interface BackplanePort {
  backplane: string;
  usb: string | null;
}

export interface KitSources {
  shack: Shack;
  dataDir: string;
  brokerUrl: string;
  module: () => Promise<{ bytes: Uint8Array; id: string }>;
}

export class FlashKits {
  readonly #from: KitSources;

  constructor(sources: KitSources) {
    this.#from = sources;
  }

  ports(): BackplanePort[] {
    return this.#from.shack.backplanes.map(({ id, usb }) => ({ backplane: id, usb: usb ?? null }));
  }

  /**
   * `above`: also a number for a new module, above this one. Throws CADDY_NO_SUCH_BACKPLANE,
   * CADDY_BUILD, CADDY_DATA_DIR.
   */
  async kit(backplane: string, above: number | null): Promise<FlashKit> {
    const { shack, dataDir, brokerUrl, module } = this.#from;
    if (!shack.backplanes.some(({ id }) => id === backplane)) {
      const there = shack.backplanes.map(({ id }) => id).join(", ");
      throw new CaddyError("CADDY_NO_SUCH_BACKPLANE", `no ${backplane}; there are ${there}`);
    }
    const account = `${shack.name}/${backplane}`;
    const { bytes, id } = await module();
    const { password, key } = backplaneSecrets(dataDir, account);
    const { protocol, hostname, port } = new URL(brokerUrl);
    const tls = protocol === "mqtts:";
    return {
      backplane,
      account,
      password,
      key: Buffer.from(key).toString("hex"),
      module: Buffer.from(bytes).toString("base64"),
      module_id: id,
      sequence: above === null ? null : nextSequence(dataDir, account, above),
      broker: { host: hostname, port: Number(port || (tls ? 8883 : 1883)), tls },
    };
  }
}
