// Runs the command line in this process, with its streams caught.
import { runCli } from "../../../hostd/cli/program.ts";
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
  terminal?: Terminal;
  serial?: Serial;
  /** Called with every line of stdout. */
  onOut?: (text: string) => void;
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
    env: { cwd: world.cwd ?? "/nowhere", dataDir: world.dataDir ?? null },
    clock: realClock,
    interrupted: world.interrupted ?? new Promise(() => {}),
    terminal: world.terminal ?? null,
    serial: async () => world.serial ?? noSerial,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
