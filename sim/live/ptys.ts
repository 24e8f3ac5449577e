// The serial ports of a live rack as pseudo-terminals, for programs outside: a link in a folder for
// each slot while its caddy is on the hub, named by its place. socat makes each of them. It tells
// when a program opens its end, so that nothing old waits there: what nobody reads is lost, as on a
// real port. The terminal's speed is not looked at, and it cannot carry a break.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { virtualPlace } from "../../hostd/places.ts";
import { CARRIER_FRAMING } from "../parts/uart-frame.ts";
import type { SerialTap, UsbSerial } from "../parts/usb-serial.ts";
import type { LiveRack } from "./live-rack.ts";

/** What socat has not taken yet; more is lost. */
const WAITING_BYTES_MAX = 64 * 1024;
/** socat looks so often whether somebody has opened the terminal. */
const LOOK_S = 0.05;
const OPENED = "starting data transfer loop";
const NOTES_MAX = 4096;

export interface PtysOptions {
  dir: string;
  rack: Pick<LiveRack, "control" | "at">;
  /** socat cannot be started, or ended by itself; that port is no more. */
  onError: (error: Error) => void;
}

export interface Ptys {
  /** Ends every socat; the links are gone when it resolves. */
  close(): Promise<void>;
}

/** Throws when there is no socat, or the folder cannot be made or has other files in the way. */
export function openPtys(options: PtysOptions): Ptys {
  const { dir, rack } = options;
  const slots = ptyLinks(dir, rack);
  for (const { link } of slots) rmSync(link, { force: true });
  const ptys = slots.map(({ link, usb }) => new Pty(link, usb, options));
  for (const pty of ptys) pty.start();
  return { close: async () => void (await Promise.all(ptys.map((pty) => pty.stop()))) };
}

/** Where the links will be. A link that is there is a dead rack's; else it is somebody's file. */
function ptyLinks(
  dir: string,
  { control }: PtysOptions["rack"],
): { link: string; usb: UsbSerial }[] {
  const { error } = spawnSync("socat", ["-V"]);
  if (error) throw new Error(`pseudo-terminals are made by socat: install it (${error.message})`);
  mkdirSync(dir, { recursive: true });
  return control.truths().map(({ name, address }) => {
    const link = join(dir, virtualPlace(address));
    const found = lstatSync(link, { throwIfNoEntry: false });
    if (found?.isSymbolicLink() === false) throw new Error(`${link} is no link: move it away`);
    return { link, usb: control.usbSerial(name) };
  });
}

/** One folder at a time, for whoever asks for it while the rack runs. */
export class PtyFolder {
  readonly #options: Omit<PtysOptions, "dir">;
  #ptys: Ptys | null = null;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: Omit<PtysOptions, "dir">) {
    this.#options = options;
  }

  /** Null: no more. Answers the links; they are there as soon as socat has made them. */
  use(dir: string | null): string[] {
    const links = dir === null ? [] : ptyLinks(dir, this.#options.rack).map(({ link }) => link);
    const change = async () => {
      await this.#ptys?.close();
      this.#ptys = dir === null ? null : openPtys({ ...this.#options, dir });
    };
    this.#turn = this.#turn.then(change).catch(this.#options.onError);
    return links;
  }

  async close(): Promise<void> {
    this.use(null);
    await this.#turn;
  }
}

class Pty {
  readonly #link: string;
  readonly #usb: UsbSerial;
  readonly #options: PtysOptions;
  readonly #update = () => this.#follow();
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #stopped = false;
  /** Ended by this hand. */
  #killed = false;

  constructor(link: string, usb: UsbSerial, options: PtysOptions) {
    this.#link = link;
    this.#usb = usb;
    this.#options = options;
  }

  start(): void {
    this.#usb.watchers.add(this.#update);
    this.#follow();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#usb.watchers.delete(this.#update);
    this.#follow();
    return this.#ended;
  }

  /** One socat while the caddy is on the hub, none otherwise. */
  #follow(): void {
    const wanted = this.#usb.attached && !this.#stopped;
    if (wanted && this.#child === null) this.#spawn();
    if (wanted || this.#child === null) return;
    this.#killed = true;
    this.#child.kill("SIGTERM");
  }

  #spawn(): void {
    const end = `pty,rawer,link=${this.#link},wait-slave,pty-interval=${LOOK_S}`;
    const child = spawn("socat", ["-d", "-d", end, "STDIO"], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.#killed = false;
    let notes = "";
    let tap: SerialTap | null = null;
    let failed: Error | null = null;
    child.on("error", (error) => {
      failed = error;
    });
    child.stderr.on("data", (text: Buffer) => {
      notes = (notes + text.toString()).slice(-NOTES_MAX);
      if (tap === null && notes.includes(OPENED)) tap = this.#opened(child);
    });
    // A socat that has just ended takes nothing any more; "close" follows.
    child.stdin.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      child.on("close", () => {
        const wasOpen = tap !== null;
        this.#options.rack.at(() => tap?.close());
        this.#child = null;
        rmSync(this.#link, { force: true });
        resolve();
        this.#closed(wasOpen, failed ?? new Error(`socat ended: ${notes.trim()}`));
      });
    });
  }

  /** A program has opened the terminal. */
  #opened(child: ChildProcess): SerialTap | null {
    const { stdin, stdout } = child;
    const { rack } = this.#options;
    if (stdin === null || stdout === null || !this.#usb.attached) return null;
    const tap = rack.at(() =>
      this.#usb.open(CARRIER_FRAMING, {
        data: (bytes) => {
          if (stdin.writableLength < WAITING_BYTES_MAX) stdin.write(bytes);
        },
        gone: () => {},
      }),
    );
    stdout.on("data", (bytes: Buffer) => {
      stdout.pause();
      rack.at(() => tap.write(bytes, () => stdout.resume()));
    });
    return tap;
  }

  /** The program has closed it, so that the next may open it; or the caddy is gone. */
  #closed(wasOpen: boolean, error: Error): void {
    if (wasOpen || this.#killed) this.#follow();
    else {
      this.#usb.watchers.delete(this.#update);
      this.#options.onError(new Error(`${this.#link}: ${error.message}`));
    }
  }
}
