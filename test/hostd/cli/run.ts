// Runs the command line in this process, with its streams caught.
import { runCli } from "../../../hostd/cli/program.ts";
import type { Keyboard } from "../../../hostd/edge/keyboard.ts";
import { realClock } from "../../../hostd/edge/real-clock.ts";
import type { Serial } from "../../../hostd/flashing/serial.ts";
import type { Terminal } from "../../../hostd/ports.ts";

const noSerial: Serial = {
  binding: {
    open: async () => {
      throw new Error("Error: No such file or directory, cannot open");
    },
  },
  list: async () => [],
  linesBeside: async () => null,
  realPath: (path) => path,
};

export interface CliResult {
  code: number;
  out: string;
  err: string;
}

export interface CliWorld {
  cwd?: string;
  dataDir?: string | null;
  interrupted?: Promise<void>;
  /** A person, or a pipe, in front of it; without one stdin is empty. */
  keyboard?: Keyboard;
  terminal?: Terminal;
  serial?: Serial;
  /** Called with every line of stdout. */
  onOut?: (text: string) => void;
}

/** A terminal whose keys the test types. */
export class TestKeyboard implements Keyboard {
  isPerson = false;
  size = { columns: 80, rows: 24 };
  shown = "";
  /** How often keys were asked for, and given back. */
  listening = 0;
  #events: Parameters<Keyboard["listen"]>[0] | null = null;
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void = () => {}) {
    this.#onText = onText;
  }

  write(bytes: Uint8Array | string): void {
    const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("latin1");
    this.shown += text;
    this.#onText(text);
  }

  listen(events: Parameters<Keyboard["listen"]>[0]): () => void {
    this.#events = events;
    this.listening++;
    return () => {
      this.#events = null;
      this.listening--;
    };
  }

  type(text: string): void {
    if (this.#events === null) throw new Error("nobody listens");
    this.#events.typed(Buffer.from(text, "latin1"));
  }

  end(): void {
    this.#events?.ended();
  }

  resize(columns: number, rows: number): void {
    this.size = { columns, rows };
    this.#events?.resized();
  }
}

export async function cli(argv: readonly string[], world: CliWorld = {}): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(argv, {
    out: (text) => {
      out.push(text);
      world.onOut?.(text);
    },
    err: (text) => err.push(text),
    keyboard: world.keyboard ?? new TestKeyboard((text) => out.push(text)),
    env: { cwd: world.cwd ?? "/nowhere", dataDir: world.dataDir ?? null },
    clock: realClock,
    interrupted: world.interrupted ?? new Promise(() => {}),
    terminal: world.terminal ?? null,
    serial: async () => world.serial ?? noSerial,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
