// `hostd console NAME`: the console in this terminal, until `~.`.

import { EscapeKeys } from "../consoles/escape.ts";
import { helpText, notice, REFUSALS } from "../consoles/notices.ts";
import { SafeTerminal } from "../consoles/safe-terminal.ts";
import type { WriteRefusal } from "../consoles/types.ts";
import type { Keyboard } from "../edge/keyboard.ts";
import { type CaddyError, EXIT } from "../errors.ts";
import type { Target } from "./client.ts";
import { ConsoleLink, type LinkMessage } from "./console-link.ts";
import type { CliIo } from "./io.ts";

const BREAK_MS = 300;
/** After the end of a pipe, the answer to its last line may still come. */
const LINGER_MS = 500;

export interface AttachOptions {
  readOnly: boolean;
  take: boolean;
}

/** Resolves with the exit code; rejects with what ended the console. */
export function attach(
  target: Target,
  caddy: string,
  io: CliIo,
  options: AttachOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const session = new AttachSession(target, caddy, io, options, (error) => {
      if (error === null) resolve(EXIT.done);
      else reject(error);
    });
    session.start();
  });
}

class AttachSession {
  readonly #io: CliIo;
  readonly #keyboard: Keyboard;
  readonly #options: AttachOptions;
  readonly #caddy: string;
  readonly #link: ConsoleLink;
  readonly #keys = new EscapeKeys();
  readonly #ended: (error: CaddyError | null) => void;
  #stopListening: (() => void) | null = null;
  #me: string | null = null;
  #writerId: string | null = null;
  readonly #safe = new SafeTerminal();
  #refused: string | null = null;
  #over = false;

  constructor(
    target: Target,
    caddy: string,
    io: CliIo,
    options: AttachOptions,
    ended: (error: CaddyError | null) => void,
  ) {
    this.#io = io;
    this.#keyboard = io.keyboard;
    this.#options = options;
    this.#caddy = caddy;
    this.#ended = ended;
    this.#link = new ConsoleLink(target, caddy, io.clock, {
      screen: (bytes) => this.#keyboard.write(bytes),
      // A pipe gets every byte.
      output: (bytes) =>
        this.#keyboard.write(this.#keyboard.isPerson ? this.#safe.pass(bytes) : bytes),
      message: (message) => this.#heard(message),
      linked: (up) => this.#say(up ? "hostd is back" : "hostd is gone: waiting for it"),
      failed: (error) => this.#end(error),
    });
  }

  start(): void {
    void this.#io.interrupted.then(() => this.#end(null));
    this.#link.start();
    if (this.#keyboard.isPerson) this.#say(`console of ${this.#caddy}: ~. leaves, ~? helps`);
    this.#stopListening = this.#keyboard.listen({
      typed: (bytes) => this.#typed(bytes),
      ended: () => void this.#io.clock.after(LINGER_MS, () => this.#end(null)),
      resized: () => this.#resize(),
    });
  }

  #end(error: CaddyError | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening?.();
    this.#link.stop();
    if (this.#keyboard.isPerson) this.#keyboard.write("\r\n");
    this.#ended(error);
  }

  #typed(bytes: Uint8Array): void {
    // A pipe means every byte it sends.
    const keys = this.#keyboard.isPerson ? this.#keys.take(bytes) : [{ send: bytes }];
    for (const typed of keys) {
      if ("send" in typed) this.#send(typed.send);
      else if (typed.command === "leave") this.#end(null);
      else if (typed.command === "help") this.#keyboard.write(helpText());
      else if (typed.command === "break") this.#link.tell({ type: "break", ms: BREAK_MS });
      else if (typed.command === "take") this.#link.tell({ type: "take", force: true });
      else this.#link.tell({ type: typed.command });
    }
  }

  #send(bytes: Uint8Array): void {
    if (this.#options.readOnly) this.#refuse("read-only");
    else if (!this.#link.send(bytes)) this.#say("hostd is gone: this was not sent");
    else this.#refused = null;
  }

  #resize(): void {
    this.#link.tell({ type: "resize", ...this.#keyboard.size });
  }

  #heard(message: LinkMessage): void {
    const { type } = message;
    if (type === "hello") this.#hello(message);
    else if (type === "people") this.#people(message);
    else if (type === "asked") this.#say(`${message.by?.user} asks to write: ~r releases`);
    else if (type === "missed") {
      this.#say(`${(message.to ?? 0) - (message.from ?? 0)} bytes were missed`);
    } else if (type === "refused") this.#refuse(message.reason as WriteRefusal);
    else if (type === "status" && message.line !== "open") {
      this.#say(`no port: ${message.reason ?? "closed"}`);
    }
  }

  #hello({ viewer }: LinkMessage): void {
    this.#me = viewer?.id ?? null;
    if (this.#options.take) this.#link.tell({ type: "take", force: true });
    this.#resize();
  }

  #people({ writer }: LinkMessage): void {
    const id = writer?.id ?? null;
    if (id === this.#writerId) return;
    this.#writerId = id;
    if (id === null) this.#say("nobody writes");
    else this.#say(id === this.#me ? "you write now" : `${writer?.user} writes now`);
    if (id === this.#me) this.#resize();
  }

  /** Once, not for every key. */
  #refuse(reason: WriteRefusal): void {
    if (this.#refused !== reason) this.#say(REFUSALS[reason] ?? reason);
    this.#refused = reason;
  }

  /** To a person on the screen; a pipe gets the caddy's bytes alone, and this on stderr. */
  #say(text: string): void {
    if (this.#keyboard.isPerson) this.#keyboard.write(notice(text));
    else this.#io.err(`hostd: ${text}`);
  }
}
