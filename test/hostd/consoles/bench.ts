// A console with a clock of its own, a line that is only pretended, and a history in memory.

import { Console } from "../../../hostd/consoles/console.ts";
import { LineKeeper } from "../../../hostd/consoles/line-keeper.ts";
import { Screen } from "../../../hostd/consoles/screen.ts";
import type {
  ConsoleLineState,
  History,
  HistoryRecord,
  LineSettings,
  RecordKind,
  Role,
  SerialLine,
  SerialLineEvents,
  Viewer,
  ViewerDoor,
} from "../../../hostd/consoles/types.ts";
import type { Clock } from "../../../hostd/ports.ts";

export const SETTINGS: LineSettings = {
  baudRate: 115_200,
  dataBits: 8,
  parity: "none",
  stopBits: 1,
};

/** Time moves when the test says so. */
export class TestClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= endMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = endMs;
  }
}

export class MemoryHistory implements History {
  first = 0;
  end = 0;
  readonly records: HistoryRecord[] = [];

  append(kind: RecordKind, wallMs: number, bytes: Uint8Array): void {
    this.records.push({ kind, wallMs, offset: this.end, bytes: Uint8Array.from(bytes) });
    if (kind === "output") this.end += bytes.length;
  }

  /** Lets go of everything before `offset`. */
  forget(offset: number): void {
    while ((this.records[0]?.offset ?? offset) < offset) this.records.shift();
    this.first = this.records[0]?.offset ?? this.end;
  }

  async *read(offset: number): AsyncIterable<HistoryRecord> {
    for (const record of [...this.records]) {
      if (record.offset + record.bytes.length > offset) yield record;
    }
  }

  flush(): void {}
  async stop(): Promise<void> {}
}

/** A serial port that takes `room` bytes before it is full. */
export class TestLine implements SerialLine {
  sent = "";
  room = Number.POSITIVE_INFINITY;
  readonly lines: object[] = [];
  closed = false;
  readonly events: SerialLineEvents;

  constructor(events: SerialLineEvents) {
    this.events = events;
  }

  write(bytes: Uint8Array): number {
    const taken = Math.min(this.room, bytes.length);
    this.room -= taken;
    this.sent += Buffer.from(bytes.subarray(0, taken)).toString("latin1");
    return taken;
  }

  async set(lines: object): Promise<void> {
    this.lines.push(lines);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** What a viewer saw; `full` lets it take nothing more. */
export class TestDoor implements ViewerDoor {
  text = "";
  full = false;
  drawn: string | null = null;
  readonly missing: [number, number][] = [];
  writer: string | null = null;
  viewers: string[] = [];
  askedBy: string | null = null;
  line: ConsoleLineState | null = null;
  end: string | null = null;
  next: number | null = null;

  screen(offset: number, bytes: Uint8Array): void {
    this.drawn = Buffer.from(bytes).toString();
    this.next = offset;
  }

  output(offset: number, bytes: Uint8Array): boolean {
    if (this.full) return false;
    if (this.next !== null && this.next !== offset) throw new Error(`gap before ${offset}`);
    this.next = offset + bytes.length;
    this.text += Buffer.from(bytes).toString("latin1");
    return true;
  }

  missed(from: number, to: number): void {
    this.missing.push([from, to]);
    this.next = to;
  }

  people(writer: Viewer | null, viewers: readonly Viewer[]): void {
    this.writer = writer?.user ?? null;
    this.viewers = viewers.map(({ user }) => user);
  }

  asked(by: Viewer): void {
    this.askedBy = by.user;
  }

  status(line: ConsoleLineState): void {
    this.line = line;
  }

  ended(reason: string): void {
    this.end = reason;
  }
}

export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

export async function consoleBench(options: { keepInput?: boolean; history?: MemoryHistory } = {}) {
  const clock = new TestClock();
  const history = options.history ?? new MemoryHistory();
  const lines: TestLine[] = [];
  let refuse: string | null = null;
  const ports = {
    open: async (_path: string, _settings: LineSettings, events: SerialLineEvents) => {
      if (refuse !== null) throw new Error(refuse);
      const line = new TestLine(events);
      lines.push(line);
      return line;
    },
  };
  const keeper = new LineKeeper({ clock, log: () => {}, ports, settings: SETTINGS });
  const writers: string[] = [];
  const console = new Console({
    caddy: "db1",
    clock,
    history,
    screen: new Screen(history.end),
    line: keeper,
    log: (_level, text) => {
      throw new Error(text);
    },
    onOutput: () => {},
    onWriter: (writer, before) => {
      writers.push(`${before?.user ?? "-"} -> ${writer?.user ?? "-"}`);
    },
    onWrote: (viewer, bytes) => {
      writers.push(`${viewer.user} typed ${bytes}`);
    },
    onLine: () => {},
    keepInput: options.keepInput === true,
  });
  console.start();
  keeper.portIs("/dev/ttyUSB0");
  await settle();
  let ids = 0;
  const line = () => {
    const newest = lines.at(-1);
    if (newest === undefined) throw new Error("the line was never opened");
    return newest;
  };
  return {
    clock,
    history,
    keeper,
    console,
    lines,
    line,
    writers,
    refuseToOpen: (reason: string | null) => {
      refuse = reason;
    },
    print: (text: string) => line().events.data(Buffer.from(text, "latin1")),
    attach: async (user: string, role: Role = "operator", offset: number | null = null) => {
      const door = new TestDoor();
      const viewer = { id: `v${++ids}`, user, role, via: "web", sinceWallMs: 0 } as const;
      const attached = console.attach(viewer, door, offset);
      if (attached === null) throw new Error("too many viewers");
      await settle();
      await settle();
      return { door, ...attached, type: (text: string) => attached.write(Buffer.from(text)) };
    },
  };
}
