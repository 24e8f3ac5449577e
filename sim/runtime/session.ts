// The runtime's session with the broker: connecting with back-off, the last will, `status` and
// `info`, the bounded outgoing buffer, and messages held back until there is room to answer
// them.

import { ABI } from "../lanes/abi.gen.ts";
import { RANK_PROCESSOR, type Timer } from "../world/scheduler.ts";
import { Backoff } from "./backoff.ts";
import type { Board } from "./board.ts";
import { DELIVERY_ROOM_BYTES, OUTBOX_BYTES, Outbox } from "./outbox.ts";
import type { UplinkEvents, UplinkLogin, UplinkMessage } from "./uplink.ts";

export const CONNECT_TIMEOUT_MS = 10_000;
export const INFO_PERIOD_MS = 60_000;
export const KEEP_ALIVE_S = 15;
/** Messages taken from the wire and not yet delivered; a broker that sends more is hung up on. */
export const INBOX_MESSAGES_MAX = 256;

const encoder = new TextEncoder();
const ONLINE = encoder.encode("online");
const OFFLINE = encoder.encode("offline");

/** What the session asks of the runtime. */
export interface SessionHost {
  linkUp(): void;
  linkDown(): void;
  deliver(message: UplinkMessage): void;
  /** Payload of `info`. */
  info(): Uint8Array;
  /** The module runs and was linked up. */
  readonly moduleRuns: boolean;
}

export interface SessionAccount {
  /** Client id and user name. */
  account: string;
  base: string;
}

export class Session implements UplinkEvents {
  state: "idle" | "connecting" | "up" = "idle";
  /** Connects tried and sessions won since the world began. */
  connectCount = 0;
  sessionCount = 0;
  readonly #board: Board;
  readonly #host: SessionHost;
  readonly #login: UplinkLogin;
  readonly #statusTopic: Uint8Array;
  readonly #infoTopic: Uint8Array;
  #outbox = new Outbox();
  #backoff: Backoff;
  readonly #messages: UplinkMessage[] = [];
  readonly #connect: Timer;
  readonly #timeout: Timer;
  readonly #infoTimer: Timer;
  #upSinceMs = 0;
  /** The module was told of this session; a pass before that must not announce it. */
  #told = false;
  /** The module still sends what link(1) made it send. */
  #linking = false;
  #roomRefused = false;
  readonly #linkPending = new Set<number>();
  #statusDue: Uint8Array | null = null;
  #infoDue = false;
  #delivering = false;
  /** `online` was sent, or is about to be, in this session. */
  #announced = false;

  constructor(board: Board, host: SessionHost, who: SessionAccount) {
    this.#board = board;
    this.#host = host;
    this.#statusTopic = encoder.encode(`${who.base}/status`);
    this.#infoTopic = encoder.encode(`${who.base}/info`);
    this.#login = {
      clientId: who.account,
      username: who.account,
      will: { topic: `${who.base}/status`, payload: OFFLINE },
      keepAliveS: KEEP_ALIVE_S,
    };
    this.#backoff = new Backoff(board.random);
    const { scheduler } = board;
    this.#connect = scheduler.timer(() => this.#connectNow(), RANK_PROCESSOR);
    this.#timeout = scheduler.timer(() => this.#hangUp("no answer"), RANK_PROCESSOR);
    this.#infoTimer = scheduler.timer(() => this.#periodicInfo(), RANK_PROCESSOR);
    board.uplink.events = this;
  }

  /** The CPU starts, and nothing that was in its RAM is left. */
  start(): void {
    this.#outbox = new Outbox();
    this.#backoff = new Backoff(this.#board.random);
    this.#connect.after(this.#backoff.next());
  }

  /** The CPU stopped; the board drops the connection itself. */
  stop(): void {
    this.state = "idle";
    this.#forget();
    this.#connect.stop();
    this.#timeout.stop();
  }

  /** Kept from before a module's link(1) until what it sent was acknowledged. */
  beginLink(): void {
    this.#told = true;
    this.#linking = true;
    this.#roomRefused = false;
    this.#linkPending.clear();
  }

  /** After every tick: the module has had its chance to send. */
  endPass(): void {
    if (this.#linking && !this.#roomRefused) this.#linking = false;
    this.#roomRefused = false;
    this.#checkOnline();
    this.pump();
  }

  /** There is no module to speak for the slots, or an announced one is gone. */
  moduleDown(): void {
    if (this.state !== "up") return;
    this.#told = false;
    this.#linking = false;
    this.#linkPending.clear();
    this.#announced = false;
    this.#infoTimer.stop();
    this.#statusDue = OFFLINE;
    this.#infoDue = true;
    this.pump();
  }

  /** `hal.publish`. */
  publish(topic: Uint8Array, payload: Uint8Array, retain: boolean): number {
    const id = this.#takeRoom(Outbox.packetBytes(topic.length, payload.length));
    if (id <= 0) return id;
    this.#board.uplink.publish(id, topic, payload, retain);
    return ABI.OK;
  }

  /** `hal.subscribe`. */
  subscribe(topic: Uint8Array): number {
    const id = this.#takeRoom(Outbox.packetBytes(topic.length, 1));
    if (id <= 0) return id;
    this.#board.uplink.subscribe(id, topic);
    return ABI.OK;
  }

  connected(): void {
    this.#timeout.stop();
    this.state = "up";
    this.sessionCount++;
    this.#upSinceMs = this.#board.scheduler.nowMs;
    this.#board.statusLed(true);
    if (this.#host.moduleRuns) this.#host.linkUp();
    else this.moduleDown();
  }

  closed(_reason: string): void {
    this.#timeout.stop();
    const wasUp = this.state === "up";
    this.state = "idle";
    this.#forget();
    if (wasUp) this.#backoff.sessionLasted(this.#board.scheduler.nowMs - this.#upSinceMs);
    this.#connect.after(this.#backoff.next());
    if (!wasUp) return;
    this.#board.statusLed(false);
    // Last: should the CPU stop in there, nothing may be armed afterwards.
    this.#host.linkDown();
  }

  puback(id: number): void {
    this.#acknowledged(id);
  }

  suback(id: number, granted: boolean): void {
    if (granted) this.#acknowledged(id);
    else this.#hangUp("a subscription was refused");
  }

  message(message: UplinkMessage): void {
    if (this.#messages.length >= INBOX_MESSAGES_MAX) {
      this.#hangUp("the broker sends faster than it is answered");
      return;
    }
    this.#messages.push(message);
    this.pump();
  }

  /** Sends what is due and delivers what there is room for. */
  pump(): void {
    if (this.state !== "up") return;
    if (this.#infoDue) this.#infoDue = !this.#own(this.#infoTopic, this.#host.info());
    if (
      !this.#infoDue &&
      this.#statusDue !== null &&
      this.#own(this.#statusTopic, this.#statusDue)
    ) {
      this.#statusDue = null;
    }
    // Delivering makes the module publish and tick, which comes back here.
    if (this.#delivering) return;
    this.#delivering = true;
    while (this.#messages.length > 0 && this.#outbox.freeBytes >= DELIVERY_ROOM_BYTES) {
      const message = this.#messages.shift() as UplinkMessage;
      this.#host.deliver(message);
      if (this.state === "up") this.#board.uplink.acknowledge(message);
    }
    this.#delivering = false;
  }

  #takeRoom(bytes: number): number {
    if (this.state !== "up") return ABI.E_NOT_LINKED;
    if (bytes > OUTBOX_BYTES) return ABI.E_TOO_LONG;
    const id = this.#outbox.take(bytes);
    if (id === 0) {
      this.#roomRefused = true;
      return ABI.E_NO_ROOM;
    }
    if (this.#linking) this.#linkPending.add(id);
    return id;
  }

  /** The runtime's own retained messages; false when there is no room. */
  #own(topic: Uint8Array, payload: Uint8Array): boolean {
    const id = this.#outbox.take(Outbox.packetBytes(topic.length, payload.length));
    if (id === 0) return false;
    this.#board.uplink.publish(id, topic, payload, true);
    return true;
  }

  #acknowledged(id: number): void {
    if (!this.#outbox.release(id)) return;
    if (this.#linkPending.delete(id)) this.#checkOnline();
    this.pump();
  }

  #checkOnline(): void {
    if (this.state !== "up" || this.#linking || this.#linkPending.size > 0) return;
    if (!this.#told || this.#announced || !this.#host.moduleRuns) return;
    this.#announced = true;
    this.#statusDue = ONLINE;
    this.#infoDue = true;
    this.#infoTimer.after(INFO_PERIOD_MS);
  }

  #periodicInfo(): void {
    this.#infoDue = true;
    this.#infoTimer.after(INFO_PERIOD_MS);
    this.pump();
  }

  #connectNow(): void {
    this.state = "connecting";
    this.connectCount++;
    this.#timeout.after(CONNECT_TIMEOUT_MS);
    this.#board.uplink.connect(this.#login);
  }

  /** Ends it from this side, without a goodbye so that the will speaks for us. */
  #hangUp(reason: string): void {
    this.#board.uplink.drop();
    this.closed(reason);
  }

  #forget(): void {
    this.#outbox.clear();
    this.#messages.length = 0;
    this.#linkPending.clear();
    this.#told = false;
    this.#linking = false;
    this.#roomRefused = false;
    this.#statusDue = null;
    this.#infoDue = false;
    this.#announced = false;
    this.#infoTimer.stop();
  }
}
