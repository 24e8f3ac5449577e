// Listens on ports that belong to no caddy, for a while, to learn whose they are. Not always: other
// things may hang on this machine's ports, and opening one can reset what is on it.

import type { Clock, Log } from "../ports.ts";
import { LineKeeper } from "./line-keeper.ts";
import type { PortSample } from "./mapping.ts";
import type { LineSettings, SerialPortInfo, SerialPorts } from "./types.ts";

const PORTS_MAX = 256;

export class Strangers {
  readonly #keepers = new Map<string, { keeper: LineKeeper; bytes: number }>();
  readonly #options: { clock: Clock; log: Log; ports: SerialPorts; settings: LineSettings };
  #untilMs = 0;
  #cancel: (() => void) | null = null;

  constructor(options: { clock: Clock; log: Log; ports: SerialPorts; settings: LineSettings }) {
    this.#options = options;
  }

  /** From now on for so long; again is longer. */
  listen(forMs: number, ports: readonly SerialPortInfo[]): void {
    const { clock } = this.#options;
    this.#untilMs = Math.max(this.#untilMs, clock.nowMs() + forMs);
    this.#cancel?.();
    this.#cancel = clock.after(this.#untilMs - clock.nowMs(), () => void this.stop());
    this.portsAre(ports);
  }

  /** Those that belong to nobody now. */
  portsAre(ports: readonly SerialPortInfo[]): void {
    if (this.#cancel === null) return;
    const places = new Map(ports.slice(0, PORTS_MAX).map(({ place, path }) => [place, path]));
    for (const [place, one] of this.#keepers) one.keeper.portIs(places.get(place) ?? null);
    for (const [place, path] of places) {
      if (place === null) continue;
      const one = this.#keepers.get(place) ?? this.#keep(place);
      one.keeper.portIs(path);
    }
  }

  sample(ports: readonly SerialPortInfo[]): PortSample[] {
    return ports.flatMap(({ place }) =>
      place === null ? [] : [{ place, caddy: null, bytes: this.#keepers.get(place)?.bytes ?? 0 }],
    );
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    this.#untilMs = 0;
    const stopping = [...this.#keepers.values()].map(({ keeper }) => keeper.stop());
    this.#keepers.clear();
    await Promise.all(stopping);
  }

  #keep(place: string) {
    const keeper = new LineKeeper(this.#options);
    const one = { keeper, bytes: 0 };
    this.#keepers.set(place, one);
    keeper.start({
      data: (bytes) => {
        one.bytes += bytes.length;
      },
      changed: () => undefined,
    });
    return one;
  }
}
