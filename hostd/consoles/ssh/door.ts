// A console in an SSH channel: output but what reaches beyond the screen, notices between it, keys
// to the caddy.

import type { ServerChannel } from "ssh2";
import { EscapeKeys } from "../escape.ts";
import { helpText, notice, REFUSALS, writerText } from "../notices.ts";
import { SafeTerminal } from "../safe-terminal.ts";
import type { Attached, ConsoleLineState, Viewer, ViewerDoor, WriteRefusal } from "../types.ts";

const BREAK_MS = 300;

export class SshDoor implements ViewerDoor {
  readonly #channel: ServerChannel;
  readonly #me: string;
  readonly #keys = new EscapeKeys();
  readonly #safe = new SafeTerminal();
  #attached: Attached | null = null;
  #writerId: string | null = null;
  #line: string | null = null;
  #full = false;
  /** Said once, until something else was typed with success. */
  #refused: WriteRefusal | null = null;

  constructor(channel: ServerChannel, viewerId: string) {
    this.#channel = channel;
    this.#me = viewerId;
  }

  /** From here on keys count. */
  open(attached: Attached): void {
    this.#attached = attached;
    this.#channel.on("drain", () => {
      this.#full = false;
      attached.ready();
    });
    this.#channel.on("data", (bytes: Buffer) => this.#typed(bytes));
  }

  screen(_offset: number, bytes: Uint8Array): void {
    this.#write(Buffer.from(bytes));
  }

  output(_offset: number, bytes: Uint8Array): boolean {
    if (this.#full) return false;
    this.#write(this.#safe.pass(bytes));
    return true;
  }

  missed(from: number, to: number): void {
    this.#say(`${to - from} bytes were missed`);
  }

  people(writer: Viewer | null): void {
    const id = writer?.id ?? null;
    if (id === this.#writerId) return;
    this.#writerId = id;
    this.#say(writerText(writer, this.#me));
  }

  asked(by: Viewer): void {
    this.#say(`${by.user} asks to write: ~r releases`);
  }

  status({ line, reason }: ConsoleLineState): void {
    const before = this.#line;
    this.#line = line;
    // That it is open is what one expects at first.
    if (line === before || (before === null && line === "open")) return;
    this.#say(line === "open" ? "the port is open again" : `no port: ${reason ?? "closed"}`);
  }

  ended(reason: string): void {
    this.#say(reason);
    this.#leave(1);
  }

  #typed(bytes: Buffer): void {
    const attached = this.#attached;
    if (attached === null) return;
    for (const typed of this.#keys.take(bytes)) {
      if ("send" in typed) this.#tell(attached.write(typed.send));
      else if (typed.command === "leave") this.#leave(0);
      else if (typed.command === "break") this.#tell(attached.breakLine(BREAK_MS));
      else if (typed.command === "take") this.#tell(attached.take(true));
      else if (typed.command === "release") attached.release();
      else if (typed.command === "ask") attached.ask();
      else this.#write(helpText());
    }
  }

  #tell(refusal: WriteRefusal | null): void {
    if (refusal !== null && refusal !== this.#refused) this.#say(REFUSALS[refusal]);
    this.#refused = refusal;
  }

  #say(text: string): void {
    this.#write(notice(text));
  }

  #write(data: Buffer | string): void {
    if (!this.#channel.write(data)) this.#full = true;
  }

  #leave(code: number): void {
    this.#channel.exit(code);
    this.#channel.end();
  }
}
