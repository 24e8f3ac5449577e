// Serial ports that a test plugs, pulls and speaks on.

import type {
  LineSettings,
  SerialLine,
  SerialLineEvents,
  SerialPortInfo,
  SerialPorts,
} from "../../../hostd/consoles/types.ts";
import { TestLine } from "./bench.ts";

export class TestPorts implements SerialPorts {
  readonly lines = new Map<string, TestLine>();
  readonly settings = new Map<string, LineSettings>();
  #ports: SerialPortInfo[] = [];
  #changed: ((ports: readonly SerialPortInfo[]) => void) | null = null;

  watch(changed: (ports: readonly SerialPortInfo[]) => void): void {
    this.#changed = changed;
    changed(this.#ports);
  }

  async open(path: string, settings: LineSettings, events: SerialLineEvents): Promise<SerialLine> {
    const line = new TestLine(events);
    this.lines.set(path, line);
    this.settings.set(path, settings);
    return line;
  }

  async stop(): Promise<void> {
    this.#changed = null;
  }

  plug(place: string, path = `/dev/${place}`): void {
    this.#ports = [...this.#ports, { place, path }];
    this.#changed?.(this.#ports);
  }

  pull(place: string): void {
    const gone = this.#ports.find((port) => port.place === place);
    this.#ports = this.#ports.filter((port) => port !== gone);
    this.#changed?.(this.#ports);
    if (gone !== undefined) this.lines.delete(gone.path);
  }

  line(place: string): TestLine {
    const line = this.lines.get(`/dev/${place}`);
    if (line === undefined) throw new Error(`${place} is not open`);
    return line;
  }

  print(place: string, text: string): void {
    this.line(place).events.data(Buffer.from(text, "latin1"));
  }
}
