// The C client on a real broker: the test carries its bytes over a socket, and keeps its clock.

import { createConnection, type Socket } from "node:net";
import type { Delivered, MqttJig, Outcome } from "./mqtt-jig.ts";

export class LiveClient {
  readonly messages: Delivered[] = [];
  /** `open`, `up`, `down` and `log ...`, as they came. */
  readonly events: string[] = [];
  /** Everything the broker sent, by stream. */
  readonly heard: Uint8Array[][] = [];
  /** Neither side hears the other any more, and nobody is told. */
  deaf = false;
  port: number;
  readonly #jig: MqttJig;
  #socket: Socket | null = null;
  #incoming: Uint8Array[] = [];
  #ended = false;
  #wake: () => void = () => {};

  constructor(jig: MqttJig, port: number) {
    this.#jig = jig;
    this.port = port;
  }

  /** Lets `ms` pass for the client, and does what there is to do. */
  async pass(ms: number): Promise<void> {
    await this.#take(await this.#jig.step(ms));
    await this.#work();
  }

  /** Goes on, without time passing for the client, until it holds. */
  async until(holds: () => boolean): Promise<void> {
    for (;;) {
      const news = new Promise<void>((done) => {
        this.#wake = done;
      });
      await this.#work();
      if (holds()) return;
      await news;
    }
  }

  /** Something the test waits for has happened elsewhere. */
  readonly nudge = (): void => this.#wake();

  async publish(topic: string, payload: string, retain = false): Promise<number> {
    const outcome = await this.#jig.publish(topic, payload, retain);
    await this.#take(outcome);
    return outcome.ids[0] as number;
  }

  async subscribe(filter: string): Promise<number> {
    const outcome = await this.#jig.subscribe(filter);
    await this.#take(outcome);
    return outcome.ids[0] as number;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  has(event: string): boolean {
    return this.events.includes(event);
  }

  async #work(): Promise<void> {
    do {
      const chunks = this.#incoming.splice(0);
      for (const chunk of chunks) await this.#jig.feed(chunk);
      if (this.#ended) await this.#jig.set("ended", 1);
      this.#ended = false;
      await this.#take(await this.#jig.settle());
    } while (this.#incoming.length > 0 || this.#ended);
  }

  async #take(outcome: Outcome): Promise<void> {
    // What was sent before a close goes out before it, what came after an opening behind it.
    const opened = outcome.events.some((event) => event.startsWith("open"));
    if (!opened) this.#write(outcome.sent);
    for (const event of outcome.events) {
      if (event === "close") this.close();
      else if (event.startsWith("open")) this.#open();
      if (event !== "close") this.events.push(event.split(" ")[0] === "open" ? "open" : event);
    }
    if (opened) this.#write(outcome.sent);
    this.messages.push(...outcome.messages);
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.deaf) this.#socket?.write(bytes);
  }

  #open(): void {
    this.close();
    const socket = createConnection({ host: "127.0.0.1", port: this.port, noDelay: true });
    const heard: Uint8Array[] = [];
    this.heard.push(heard);
    this.#socket = socket;
    this.#incoming = [];
    const mine = (act: () => void) => () => {
      if (this.#socket !== socket || this.deaf) return;
      act();
      this.#wake();
    };
    socket.on("data", (chunk) => {
      heard.push(chunk);
      mine(() => this.#incoming.push(chunk))();
    });
    socket.on("error", () => socket.destroy());
    const ended = mine(() => {
      this.#ended = true;
    });
    socket.on("end", ended);
    socket.on("close", ended);
  }
}
