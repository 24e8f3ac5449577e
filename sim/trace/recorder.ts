// Watches a virtual rack from outside (wires, broker, consoles, hostd's events) and tells its
// listeners what happens, in words.

import { places, type Shack } from "../../hostd/model/shack.ts";
import type { EventDraft } from "../../hostd/power/state.ts";
import type { VirtualRack } from "../rack/virtual-rack.ts";
import type { Net, NetTrace } from "../world/net.ts";
import type { Entry, EntryKind } from "./entry.ts";
import { MessageWords } from "./message-words.ts";

/** Hand it to the rack as `netTrace`, then let others listen. */
export class NetTap implements NetTrace {
  readonly listeners: ((net: Net) => void)[] = [];

  net(net: Net): void {
    for (const listener of this.listeners) listener(net);
  }
}

/** Pulsed for every sample, skipped or not: with it a `noSkip` run would not read the same. */
const PER_SAMPLE = /\/LOAD_N$/;

export interface RecorderOptions {
  rack: VirtualRack;
  shack: Shack;
  tap: NetTap;
}

export class Recorder {
  readonly listeners: ((entry: Entry) => void)[] = [];
  readonly #rack: VirtualRack;
  readonly #names: ReadonlyMap<string, string>;
  readonly #words: MessageWords;

  constructor({ rack, shack, tap }: RecorderOptions) {
    this.#rack = rack;
    this.#names = new Map(places(shack).map(({ address, name }) => [address, name]));
    this.#words = new MessageWords(shack.name, this.#names);
    tap.listeners.push((net) => this.#net(net));
    const { broker } = rack;
    const [seenPublish, seenOpen] = [broker.onPublish, broker.onOpen];
    broker.onPublish = (topic, payload, retain) => {
      seenPublish?.(topic, payload, retain);
      this.#message(topic, payload, retain);
    };
    broker.onOpen = (accepted) => {
      seenOpen?.(accepted);
      const what = accepted ? "a client connects" : "a client finds nobody";
      this.#tell("connect", "broker", what, { quiet: true, data: { accepted } });
    };
    for (const name of rack.control.names) {
      rack.control.onMark(name, (line) => this.#console(name, line));
    }
  }

  /** A line of a script. */
  script(what: string, about: { caddy?: string; backplane?: string } = {}): void {
    this.#tell("script", "script", what, about);
  }

  /** An event of hostd's journal. */
  hostd(event: EventDraft): void {
    const { type, caddy, backplane, data } = event;
    const what = hostdWords(event);
    const about = { ...(caddy ? { caddy } : {}), ...(backplane ? { backplane } : {}) };
    this.#tell("hostd", "hostd", what ?? type, {
      ...about,
      quiet: what === null,
      data: { event: type, data },
    });
  }

  hostdSays(what: string): void {
    this.#tell("hostd", "hostd", what);
  }

  #tell(
    kind: EntryKind,
    who: string,
    what: string,
    more: { caddy?: string; backplane?: string; quiet?: boolean; data?: Entry["data"] } = {},
  ): void {
    const { caddy = null, backplane = null, quiet = false, data = {} } = more;
    const atMs = this.#rack.nowMs;
    const entry = { atMs, kind, who, what, caddy, backplane, quiet, data };
    for (const listener of this.listeners) listener(entry);
  }

  #console(caddy: string, line: string): void {
    this.#tell("console", caddy, `console: ${line}`, { caddy, data: { line } });
  }

  #net(net: Net): void {
    if (PER_SAMPLE.test(net.name)) return;
    const [backplane = "", slot, pin = slot] = net.name.split("/");
    const caddy = this.#names.get(`${backplane}/${slot}`);
    const data = { net: net.name, level: net.level };
    const about = { ...(caddy === undefined ? {} : { caddy }), backplane, data };
    if (pin === "PWR_EN" && caddy !== undefined) {
      this.#tell("power", caddy, net.level === 1 ? "power ON" : "power OFF", about);
    } else if (pin === "OE_N") {
      const what = net.level === 0 ? "outputs enabled" : "outputs disabled";
      this.#tell("net", backplane, what, about);
    } else {
      this.#tell("net", caddy ?? backplane, `${pin} ${net.level}`, { ...about, quiet: true });
    }
  }

  #message(topic: string, payload: Uint8Array, retain: boolean): void {
    const text = new TextDecoder().decode(payload);
    const { who, what, caddy, backplane, news } = this.#words.tell(topic, text);
    this.#tell("message", who, retain && topic.endsWith("/set") ? `${what}, retained` : what, {
      ...(caddy === null ? {} : { caddy }),
      ...(backplane === null ? {} : { backplane }),
      quiet: !news,
      data: { topic, payload: text, retain },
    });
  }
}

/** Null for what the messages have told already. */
function hostdWords({ type, caddy, backplane, data }: EventDraft): string | null {
  const because = typeof data.reason === "string" ? `, ${data.reason}` : "";
  if (type === "command.ended" && typeof data.kind === "string") {
    const verb = data.kind === "power" ? data.action : `${data.kind} ${data.action}`;
    return `command ${data.id}: ${verb} ${caddy} ${data.state}${because}`;
  }
  if (type === "backplane.online") return `sees ${backplane} online`;
  if (type === "backplane.offline") return `sees ${backplane} offline${because}`;
  if (type !== "backplane.config" || data.result === "done") return null;
  return `config of ${backplane}: ${data.result}${because}`;
}
