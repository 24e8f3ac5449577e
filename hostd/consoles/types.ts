// What the parts of a console share: the line it hangs on, the record it keeps, the people on it.
// Ports, so that the core runs without a clock, a disk or a device.

/** 8N1 unless said otherwise. */
export interface LineSettings {
  baudRate: number;
  dataBits: 5 | 6 | 7 | 8;
  parity: "none" | "even" | "odd";
  stopBits: 1 | 2;
}

/** One open serial port. It ends once: `closed`, with a reason for people. */
export interface SerialLine {
  /** Bytes taken; fewer than given while the port's own buffer is full, then `drained` follows. */
  write(bytes: Uint8Array): number;
  set(lines: { dtr?: boolean; rts?: boolean; break?: boolean }): Promise<void>;
  close(): Promise<void>;
}

export interface SerialLineEvents {
  data(bytes: Uint8Array): void;
  drained(): void;
  closed(reason: string): void;
}

/** A serial port that is there now. */
export interface SerialPortInfo {
  /** Device file, only good for opening it now: numbers change. */
  path: string;
  /**
   * Where it is plugged, as `/dev/serial/by-path` names it, or null. A caddy is bound to this
   * alone.
   */
  place: string | null;
}

export interface SerialPorts {
  /** Calls `changed` with all ports, now and whenever one comes or goes. */
  watch(changed: (ports: readonly SerialPortInfo[]) => void): void;
  open(path: string, settings: LineSettings, events: SerialLineEvents): Promise<SerialLine>;
  stop(): Promise<void>;
}

/** What a record of the history is. The numbers stand in the files: never change one. */
export const RECORD_KINDS = { output: 1, input: 2, note: 3 } as const;
export type RecordKind = keyof typeof RECORD_KINDS;

export interface HistoryRecord {
  kind: RecordKind;
  wallMs: number;
  /**
   * Place in the caddy's output stream: how many bytes it had ever printed before this record. The
   * offset of everything that resumes or searches.
   */
  offset: number;
  /** Output and input: bytes as they were. Note: UTF-8 text for people. */
  bytes: Uint8Array;
}

/** Everything one caddy ever printed, as far as the limits let it be kept. */
export interface History {
  /** First offset still kept, and the one behind the last byte. */
  readonly first: number;
  readonly end: number;
  append(kind: RecordKind, wallMs: number, bytes: Uint8Array): void;
  /** Records from `offset` on, oldest first; the first one may begin before it. */
  read(offset: number): AsyncIterable<HistoryRecord>;
  /** Hands what is buffered to the operating system. Never more than 100 ms wait. */
  flush(): void;
  stop(): Promise<void>;
}

export type Role = "viewer" | "operator" | "admin";

/** Somebody at a console. */
export interface Viewer {
  id: string;
  user: string;
  role: Role;
  via: "web" | "terminal" | "ssh" | "api";
  sinceWallMs: number;
}

export interface ScreenSize {
  columns: number;
  rows: number;
}

/** What a viewer's door does for it. Calls never block; a door that cannot keep up says so. */
export interface ViewerDoor {
  /**
   * The screen as it stood at `offset`, as bytes that draw it on one of that size; comes first,
   * once, or never.
   */
  screen(offset: number, bytes: Uint8Array, size: ScreenSize): void;
  /**
   * Output from `offset` on; the bytes are good during the call only. False: full, nothing was
   * taken; call `Attached.ready` when there is room.
   */
  output(offset: number, bytes: Uint8Array): boolean;
  /** Bytes `from` to `to` will never come: it was too slow for what is kept. */
  missed(from: number, to: number): void;
  /** Who writes and who looks on changed. */
  people(writer: Viewer | null, viewers: readonly Viewer[]): void;
  /** Somebody asks the writer to let them write. */
  asked(by: Viewer): void;
  /** The line came or went, a power event, a mark: for the status line. */
  status(line: ConsoleLineState): void;
  ended(reason: string): void;
}

export interface ConsoleLineState {
  /** `closed`: no such port now; `failed`: it is there but cannot be opened. */
  line: "open" | "closed" | "failed";
  reason: string | null;
  settings: LineSettings;
}

export type WriteRefusal = "not-writer" | "read-only" | "line-closed" | "too-fast" | "taken";

/** A viewer's side of a console. */
export interface Attached {
  readonly viewer: Viewer;
  /** Bytes to the caddy; null when they were taken. */
  write(bytes: Uint8Array): WriteRefusal | null;
  /** Takes the pen when nobody has it, or with `force` from whoever has. */
  take(force: boolean): WriteRefusal | null;
  release(): void;
  ask(): void;
  breakLine(ms: number): WriteRefusal | null;
  resize(columns: number, rows: number): void;
  ready(): void;
  detach(): void;
}
