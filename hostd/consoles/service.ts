// The role `consoles`: one console for every caddy of the shack, each bound to a port by its place.

import { join } from "node:path";
import { CaddyError } from "../errors.ts";
import { nearest } from "../model/names.ts";
import type { Caddy, Shack } from "../model/shack.ts";
import type { Clock, Log } from "../ports.ts";
import { Console } from "./console.ts";
import type { Stage } from "./core/stages.ts";
import { FileHistory } from "./history/file-history.ts";
import { LineKeeper } from "./line-keeper.ts";
import { parseLine } from "./line-settings.ts";
import type { PortSample } from "./mapping.ts";
import { Screen } from "./screen.ts";
import { Strangers } from "./strangers.ts";
import type { SerialPortInfo, SerialPorts, Viewer } from "./types.ts";
import { Watch } from "./watch.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Limits are kept before every write; this is for consoles that say nothing. */
const ENFORCE_MS = 3600 * 1000;
export const CONSOLES_DIR = "consoles";

/** What consoles tell the rest of hostd. */
export interface ConsoleJournal {
  stage(caddy: string, from: Stage, to: Stage): void;
  trouble(caddy: string, kind: "panic" | "oops", lines: readonly string[]): void;
  line(caddy: string, line: string, reason: string | null): void;
  /** The pen went from hand to hand; null: nobody has it. */
  writer(caddy: string, writer: Viewer | null, before: Viewer | null): void;
  /** So many bytes were typed since the last word of it. */
  wrote(caddy: string, viewer: Viewer, bytes: number): void;
}

export interface ConsoleServiceOptions {
  shack: Shack;
  dataDir: string;
  clock: Clock;
  log: Log;
  ports: SerialPorts;
  /** Place of a caddy's port; null: it has none yet. */
  placeOf(caddy: Caddy): string | null;
  journal: ConsoleJournal;
}

/** Hears what a console prints, after it is on record. */
export type OutputListener = (bytes: Uint8Array, offset: number) => void;

export class CaddyConsole {
  readonly caddy: Caddy;
  readonly console: Console;
  readonly history: FileHistory;
  readonly line: LineKeeper;
  readonly watch: Watch;
  readonly listeners = new Set<OutputListener>();
  readonly #options: ConsoleServiceOptions;
  #cancelTick: (() => void) | null = null;

  constructor(caddy: Caddy, options: ConsoleServiceOptions) {
    const { shack, dataDir, clock, log, ports, journal } = options;
    const { mib, days, input } = shack.consoles;
    const { name } = caddy;
    this.#options = options;
    this.caddy = caddy;
    this.history = new FileHistory({
      dir: join(dataDir, CONSOLES_DIR, name),
      limits: { bytesMax: mib * 1024 * 1024, ageMsMax: days * DAY_MS },
      log: (level, text) => log(level, `${name}: ${text}`),
    });
    this.history.start(clock.wallMs());
    this.line = new LineKeeper({ clock, log, ports, settings: caddy.console.line });
    this.watch = new Watch({
      stage: (from, to) => journal.stage(name, from, to),
      trouble: (kind, lines) => journal.trouble(name, kind, lines),
    });
    this.console = new Console({
      caddy: name,
      clock,
      history: this.history,
      screen: new Screen(this.history.end),
      line: this.line,
      log,
      onOutput: (bytes, offset) => this.#printed(bytes, offset),
      onWriter: (writer, before) => journal.writer(name, writer, before),
      onWrote: (viewer, bytes) => journal.wrote(name, viewer, bytes),
      onLine: ({ line, reason }) => journal.line(name, line, reason),
      keepInput: input,
    });
  }

  /** Its power came or went. */
  power(on: boolean): void {
    this.watch.power(on, this.#options.clock.nowMs());
    this.#plan();
  }

  async stop(): Promise<void> {
    this.#cancelTick?.();
    await this.console.stop();
  }

  #printed(bytes: Uint8Array, offset: number): void {
    this.watch.take(bytes, offset, this.#options.clock.nowMs());
    for (const listener of this.listeners) listener(bytes, offset);
    this.#plan();
  }

  #plan(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
    const { clock } = this.#options;
    const { dueMs } = this.watch;
    if (dueMs === null) return;
    this.#cancelTick = clock.after(dueMs - clock.nowMs(), () => {
      this.watch.tick(clock.nowMs());
      this.#plan();
    });
  }
}

export class ConsoleService {
  readonly #options: ConsoleServiceOptions;
  readonly #consoles = new Map<string, CaddyConsole>();
  #ports: readonly SerialPortInfo[] = [];
  #cancelEnforce: (() => void) | null = null;
  /** Learnt since the start; shack.yaml has them too. */
  readonly #bound = new Map<string, string>();
  readonly #strangers: Strangers;

  constructor(options: ConsoleServiceOptions) {
    this.#options = options;
    const { clock, log, ports } = options;
    this.#strangers = new Strangers({ clock, log, ports, settings: parseLine("8N1", 115_200) });
  }

  get all(): Iterable<CaddyConsole> {
    return this.#consoles.values();
  }

  /** Ports that are there: whose, and what was heard on those that are nobody's. */
  samples(): PortSample[] {
    const owned = this.#ports.flatMap(({ place }) => {
      const caddy = place === null ? null : this.ownerOf(place);
      return caddy === null || place === null ? [] : [{ place, caddy, bytes: 0 }];
    });
    return [...owned, ...this.#strangers.sample(this.#unbound())];
  }

  /** The caddy that a port belongs to. */
  ownerOf(place: string): string | null {
    const found = [...this.all].find(({ caddy }) => this.#placeOf(caddy) === place);
    return found?.caddy.name ?? null;
  }

  /** What was learnt or stands in shack.yaml, also of ports that are not there now. */
  bindings(): { caddy: string; place: string }[] {
    return [...this.all].flatMap(({ caddy }) => {
      const place = this.#bound.get(caddy.name) ?? caddy.console.port;
      return place === null ? [] : [{ caddy: caddy.name, place }];
    });
  }

  listenToStrangers(forMs: number): void {
    this.#strangers.listen(forMs, this.#unbound());
  }

  /** From now on this is the caddy's port. */
  async bind(name: string, place: string): Promise<void> {
    this.#bound.set(this.of(name).caddy.name, place);
    // It may still be open to hear whose it is.
    await this.#strangers.stop();
    this.#portsAre(this.#ports);
  }

  #unbound(): SerialPortInfo[] {
    return this.#ports.filter(({ place }) => place !== null && this.ownerOf(place) === null);
  }

  #placeOf(caddy: Caddy): string | null {
    return this.#bound.get(caddy.name) ?? this.#options.placeOf(caddy);
  }

  start(): void {
    const { shack, ports } = this.#options;
    for (const caddy of shack.caddies) {
      const one = new CaddyConsole(caddy, this.#options);
      this.#consoles.set(caddy.name, one);
      one.console.start();
    }
    ports.watch((found) => this.#portsAre(found));
    this.#enforceLater();
  }

  async stop(): Promise<void> {
    this.#cancelEnforce?.();
    await this.#strangers.stop();
    await this.#options.ports.stop();
    await Promise.all([...this.all].map((one) => one.stop()));
  }

  find(name: string): CaddyConsole | null {
    return this.#consoles.get(name) ?? null;
  }

  /** Throws CADDY_NO_SUCH_CADDY with the nearest names. */
  of(name: string): CaddyConsole {
    const one = this.#consoles.get(name);
    if (one !== undefined) return one;
    const near = nearest(name, this.#consoles.keys());
    const hint = near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
    throw new CaddyError("CADDY_NO_SUCH_CADDY", `no caddy ${name}${hint}`, { nearest: near });
  }

  #portsAre(found: readonly SerialPortInfo[]): void {
    this.#ports = found;
    const paths = new Map(found.map(({ place, path }) => [place, path]));
    for (const one of this.all) {
      const place = this.#placeOf(one.caddy);
      one.line.portIs(place === null ? null : (paths.get(place) ?? null));
    }
    this.#strangers.portsAre(this.#unbound());
  }

  #enforceLater(): void {
    const { clock } = this.#options;
    this.#cancelEnforce = clock.after(ENFORCE_MS, () => {
      for (const { history } of this.all) history.enforce(clock.wallMs());
      this.#enforceLater();
    });
  }
}
