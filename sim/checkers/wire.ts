// The broker's traffic in the words of docs/SPEC.md 2, read apart from everybody else's reading of
// it.

import type { Connection, WireTap } from "../mqtt/connection.ts";
import type { ClientPacket, PublishPacket, ServerPacket } from "../mqtt/packets.ts";
import { readSettings, type Settings } from "./settings.ts";
import type { BackplaneSight, Command, SeenAck, SeenState } from "./sight.ts";
import type { Watch } from "./watch.ts";

const decoder = new TextDecoder();
const VERBS: Record<string, readonly string[]> = {
  power: ["on", "off", "cycle", "shutdown", "reset"],
  usb: ["on", "off"],
  identify: ["on", "off"],
};
const ID = /^[!-~]{1,16}$/;
/** Deliveries remembered until they are acknowledged. */
const DELIVERIES_MAX = 1000;

/** What the ack of a verb calls it. */
export function ackVerb(command: Command): string | null {
  if (!VERBS[command.kind]?.includes(command.verb)) return null;
  return command.kind === "power" ? command.verb : `${command.kind}-${command.verb}`;
}

export class Wire implements WireTap {
  readonly #watch: Watch;
  readonly #prefix: string;
  readonly #accountPrefix: string;
  /** Deliveries under way by backplane and packet id. */
  readonly #deliveries = new Map<string, Command[]>();
  readonly #configs = new Map<string, Settings>();

  constructor(watch: Watch, shack: string) {
    this.#watch = watch;
    this.#prefix = `caddyshack/${shack}/`;
    this.#accountPrefix = `${shack}/`;
  }

  toClient(connection: Connection, packet: ServerPacket): void {
    if (connection.username === "hostd" && packet.type === "publish") this.#toHostd(packet);
    const backplane = this.#of(connection);
    if (backplane === undefined) return;
    if (packet.type === "connack" && packet.code === 0) {
      backplane.connected = true;
      this.#watch.stir(backplane);
    } else if (packet.type === "publish") this.#toBackplane(backplane, packet);
  }

  fromClient(connection: Connection, packet: ClientPacket): void {
    if (packet.type === "connect") {
      // What an earlier session left in the runtime's hands was dropped with it.
      const id = packet.clientId.slice(this.#accountPrefix.length);
      if (packet.clientId.startsWith(this.#accountPrefix)) this.#deliveries.delete(id);
      return;
    }
    if (packet.type === "publish" && connection.username === "hostd") {
      this.#watch.tell("hostdSends", packet.topic, decoder.decode(packet.payload));
      return;
    }
    const backplane = this.#of(connection);
    if (backplane === undefined) return;
    if (packet.type === "publish") this.#fromBackplane(backplane, packet);
    else if (packet.type === "puback") this.#taken(backplane, packet.id);
  }

  routed(topic: string, payload: Uint8Array, retain: boolean): void {
    if (!retain || !topic.startsWith(this.#prefix)) return;
    const [id = "", second = "", third] = topic.slice(this.#prefix.length).split("/");
    const backplane = this.#watch.find(id);
    if (backplane === undefined) return;
    if (second === "status") {
      backplane.online = decoder.decode(payload) === "online";
      backplane.onlineOnce ||= backplane.online;
      this.#watch.stir(backplane);
    } else if (third === "state") {
      const slot = backplane.slots[Number(second) - 1];
      if (slot === undefined) return;
      slot.state = JSON.parse(decoder.decode(payload)) as SeenState;
      this.#watch.touched(slot);
    }
  }

  #toHostd({ topic, payload }: PublishPacket): void {
    if (!topic.endsWith("/ack") || topic.endsWith("/config/ack")) return;
    const { id, result } = JSON.parse(decoder.decode(payload));
    this.#watch.tell("hostdHears", id, result);
  }

  #of(connection: Connection): BackplaneSight | undefined {
    const { clientId } = connection;
    if (!clientId.startsWith(this.#accountPrefix)) return undefined;
    return this.#watch.find(clientId.slice(this.#accountPrefix.length));
  }

  #toBackplane(backplane: BackplaneSight, packet: PublishPacket): void {
    const parts = packet.topic.slice(this.#prefix.length).split("/");
    const text = decoder.decode(packet.payload);
    if (parts[1] === "config" && parts.length === 2) {
      const config = readSettings(text, backplane.slots.length);
      this.#configs.set(backplane.id, config);
      // In force from some moment on, unless it is refused.
      backplane.settings.push(config);
      return;
    }
    const [, number = "", kind = ""] = parts;
    if (parts.length !== 4 || parts[3] !== "set") return;
    const space = text.indexOf(" ");
    const verb = space < 0 ? text : text.slice(0, space);
    const id = space < 0 ? null : text.slice(space + 1);
    const goodId = id === null || (ID.test(id) && !/["\\]/.test(id));
    const command: Command = {
      backplane,
      slot: /^[1-9]$/.test(number) ? (backplane.slots[Number(number) - 1] ?? null) : null,
      kind,
      payload: text,
      verb,
      id: goodId ? id : null,
      wellFormed: goodId && VERBS[kind]?.includes(verb) === true,
      retain: packet.retain,
      dup: packet.dup,
      atMs: this.#watch.nowMs,
      acked: false,
    };
    this.#remember(backplane.id, packet.id, command);
    this.#watch.tell("delivered", command);
  }

  #remember(backplane: string, packetId: number, command: Command): void {
    const list = this.#deliveries.get(backplane) ?? [];
    this.#deliveries.set(backplane, list);
    if (list.length >= DELIVERIES_MAX) list.shift();
    list.push(Object.assign(command, { packetId }));
  }

  #taken(backplane: BackplaneSight, packetId: number): void {
    const list = this.#deliveries.get(backplane.id) ?? [];
    const at = list.findIndex(
      (one) => (one as Command & { packetId: number }).packetId === packetId,
    );
    const command = list[at];
    if (command === undefined) return;
    list.splice(at, 1);
    this.#watch.later(() => this.#watch.tell("taken", command));
  }

  #fromBackplane(backplane: BackplaneSight, packet: PublishPacket): void {
    const [, second = "", third] = packet.topic.slice(this.#prefix.length).split("/");
    if (third !== "ack") return;
    const json = JSON.parse(decoder.decode(packet.payload));
    if (second === "config") {
      const config = this.#configs.get(backplane.id);
      if (config === undefined) return;
      if (json.result === "done" && config.rev === json.rev) backplane.settings = [config];
      else if (json.result === "refused" && backplane.settings.length > 1) {
        backplane.settings = backplane.settings.filter((one) => one !== config);
      }
      return;
    }
    const slot = backplane.slots[Number(second) - 1];
    const { id, verb, result, reason } = json;
    const answers = this.#answered(backplane, slot?.number ?? 0, id, verb, result);
    if (answers !== null) answers.acked = true;
    if (slot === undefined) return;
    const ack: SeenAck = { slot, id, verb, result, reason, atMs: this.#watch.nowMs, answers };
    this.#watch.tell("ack", ack);
  }

  /** The oldest delivery not yet answered that an ack fits. */
  #answered(
    backplane: BackplaneSight,
    slot: number,
    id: string | null,
    verb: string | null,
    result: string,
  ): Command | null {
    for (const command of this.#deliveries.get(backplane.id) ?? []) {
      if (command.acked || (command.slot?.number ?? 0) !== slot) continue;
      if (command.id !== id || ackVerb(command) !== verb) continue;
      // A supersession is told of an older command while the newer waits for its own ack.
      if (result === "failed" && id === null) continue;
      return command;
    }
    return null;
  }
}
