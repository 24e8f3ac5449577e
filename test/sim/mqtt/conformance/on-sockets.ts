// The exchange on a real broker, over TCP.

import { createConnection, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { type Action, EXCHANGE, heard, ordered } from "./exchange.ts";
import { decode, encode } from "./wire.ts";

/** What should come comes within this time, or not at all. */
const PATIENCE_MS = 3000;
/** After everything has come, so many answered pings show that nothing else does. */
const QUIET_ROUNDS = 4;

interface Got {
  who: string;
  what: string;
}

class Peer {
  mute = false;
  closed = false;
  readonly #socket: Socket;
  #rest: Uint8Array = new Uint8Array(0);
  #pongs: (() => void)[] = [];
  readonly #who: string;
  readonly #heard: (got: Got) => void;

  constructor(port: number, who: string, onHeard: (got: Got) => void) {
    this.#who = who;
    this.#heard = onHeard;
    this.#socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("data", (chunk) => this.#data(chunk));
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("close", () => this.#gone());
  }

  send(packet: Parameters<typeof encode>[0]): void {
    this.#socket.write(encode(packet));
  }

  /** Resolves when the broker has answered, or is gone. */
  ping(): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((done) => {
      this.#pongs.push(done);
      this.send({ type: "pingreq" });
    });
  }

  /** Ends it from this side: nobody is told. */
  close(): void {
    this.closed = true;
    this.#socket.end();
    this.#answerPings();
  }

  #gone(): void {
    if (!this.closed) this.#heard({ who: this.#who, what: "closed" });
    this.closed = true;
    this.#answerPings();
  }

  #answerPings(): void {
    for (const pong of this.#pongs.splice(0)) pong();
  }

  #data(chunk: Uint8Array): void {
    const { packets, rest } = decode(Buffer.concat([this.#rest, chunk]));
    this.#rest = rest;
    for (const packet of packets) {
      if (packet.type === "pingresp") this.#pongs.shift()?.();
      const what = heard(packet);
      if (what !== null) this.#heard({ who: this.#who, what });
      const wantsAck = packet.type === "publish" && packet.qos > 0 && !this.mute;
      if (wantsAck && !this.closed) this.send({ type: "puback", id: packet.id });
    }
  }
}

/** What every client hears, step by step; it waits until `expected` has come. */
export async function onSockets(port: number, expected: readonly string[][]): Promise<string[][]> {
  const peers = new Map<string, Peer>();
  let got: Got[] = [];
  const act = ({ who, packet }: Action) => {
    if (packet.type === "connect") peers.set(who, new Peer(port, who, (one) => got.push(one)));
    const peer = peers.get(who);
    if (peer === undefined || peer.closed) return;
    if (packet.type === "mute") peer.mute = true;
    else if (packet.type === "drop") peer.close();
    else peer.send(packet);
    if (packet.type === "disconnect") peer.close();
  };
  const pingAll = () => Promise.all([...peers.values()].map((peer) => peer.ping()));
  const results: string[][] = [];
  for (const [i, { actions }] of EXCHANGE.entries()) {
    got = [];
    for (const action of actions) {
      act(action);
      await pingAll();
    }
    const wanted = JSON.stringify(expected[i]);
    const untilMs = performance.now() + PATIENCE_MS;
    while (JSON.stringify(ordered(got)) !== wanted && performance.now() < untilMs) await pingAll();
    for (let round = 0; round < QUIET_ROUNDS; round++) await pingAll();
    results.push(ordered(got));
  }
  for (const peer of peers.values()) peer.close();
  return results;
}
