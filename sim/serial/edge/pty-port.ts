// A simulated chip at a pseudo-terminal, made by socat (Debian's package): the real serial binding
// opens it as any port. A pseudo-terminal carries neither control lines nor a rate, so the lines
// come through `<link>.lines`, as hostd/flashing/edge/line-socket.ts has it, and bytes of any rate
// are read.

import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { LINES_SUFFIX } from "../../../hostd/flashing/edge/line-socket.ts";
import type { SerialChip } from "../live-chip.ts";

const APPEAR_MS = 5000;
const LOOK_MS = 10;
const LINES = /^dtr=([01]) rts=([01])$/;
const LINE_BYTES_MAX = 80;

export class PtyPort {
  readonly #chip: SerialChip;
  readonly #link: string;
  #socat: ChildProcess | null = null;
  #held: number | null = null;
  #servers: Server[] = [];
  #sockets = new Set<Socket>();

  /** `link`: where the port appears. */
  constructor(chip: SerialChip, link: string) {
    this.#chip = chip;
    this.#link = link;
  }

  /** Plugs the chip in: the port is there when this resolves. */
  async plug(): Promise<void> {
    removeLeftover(this.#link);
    const wire = `${this.#link}.wire`;
    await this.#listen(wire, (socket) => this.#carry(socket));
    await this.#listen(`${this.#link}${LINES_SUFFIX}`, (socket) => this.#answerLines(socket));
    const args = [`PTY,link=${this.#link},rawer`, `UNIX-CONNECT:${wire}`];
    const socat = spawn("socat", args, { stdio: "ignore" });
    this.#socat = socat;
    const failed = new Promise<never>((_, fail) => {
      socat.once("error", () => fail(new Error("there is no socat: npm run setup:system")));
      socat.once("exit", (code) => fail(new Error(`socat ended with ${code}`)));
    });
    failed.catch(() => {});
    await Promise.race([this.#appear(), failed]);
    // Whoever else closes the port must not be its last user: that would end socat.
    const { O_RDWR, O_NOCTTY, O_NONBLOCK } = constants;
    this.#held = openSync(this.#link, O_RDWR | O_NOCTTY | O_NONBLOCK);
  }

  /** Pulls the plug; whoever has the port open gets an error. */
  async unplug(): Promise<void> {
    const socat = this.#socat;
    this.#socat = null;
    if (this.#held !== null) closeSync(this.#held);
    this.#held = null;
    if (socat && socat.exitCode === null) {
      const ended = new Promise((done) => socat.once("exit", done));
      socat.kill("SIGTERM");
      await ended;
    }
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((done) => server.close(done))));
    this.#servers = [];
    rmSync(this.#link, { force: true });
  }

  async #appear(): Promise<void> {
    for (
      let waitedMs = 0;
      !existsSync(this.#link) || this.#sockets.size === 0;
      waitedMs += LOOK_MS
    ) {
      if (waitedMs > APPEAR_MS) throw new Error(`socat did not make ${this.#link}`);
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }

  async #listen(path: string, serve: (socket: Socket) => void): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      serve(socket);
    });
    this.#servers.push(server);
    rmSync(path, { force: true });
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen(path, done);
    });
  }

  #carry(socket: Socket): void {
    const { line, rom } = this.#chip;
    line.onBytes = (bytes) => void socket.write(bytes);
    socket.on("data", (bytes: Buffer) => {
      line.hostBaud = rom.baud;
      this.#chip.receive(bytes);
    });
  }

  #answerLines(socket: Socket): void {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (more: string) => {
      text += more;
      const end = text.indexOf("\n");
      if (end < 0 && text.length < LINE_BYTES_MAX) return;
      const found = LINES.exec(text.slice(0, end));
      if (found) this.#chip.setLines({ dtr: found[1] === "1", rts: found[2] === "1" });
      socket.end(found ? "ok\n" : "say dtr=0 rts=1\n");
    });
  }
}

/** What a process that was killed left behind; nothing else is removed. */
function removeLeftover(link: string): void {
  const found = lstatSync(link, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSymbolicLink() || !readlinkSync(link).startsWith("/dev/pts/")) {
    throw new Error(`${link} is there already, and is no port of ours: choose another`);
  }
  rmSync(link);
}
