// MQTT messages of a shack in words for people. What a retained topic says again and again is
// news only when it changed.

import type { Ack, ConfigAck, SlotState } from "../../hostd/bus/topics.ts";
import { parseIncoming } from "../../hostd/bus/topics.ts";

export interface MessageNews {
  who: string;
  what: string;
  caddy: string | null;
  backplane: string | null;
  news: boolean;
}

export function stateWords(state: SlotState): string {
  const { power, present, pgood, usb, identify, fault, carrier } = state;
  const flags = Object.entries({ present, pgood, usb, identify });
  const words = flags.filter(([, set]) => set).map(([name]) => name);
  if (carrier !== null) words.unshift(carrier);
  if (fault !== null) words.push(`fault ${fault}`);
  return `state ${power} (${words.join(" ")})`;
}

function ackWords({ id, verb, result, reason }: Ack): string {
  const because = reason === null ? "" : `, ${reason}`;
  return `ack ${id ?? "without id"}: ${verb ?? "?"} ${result}${because}`;
}

function configAckWords({ rev, result, reason, line }: ConfigAck): string {
  const because = reason === null ? "" : `, ${reason}${line === null ? "" : ` in line ${line}`}`;
  return `config rev ${rev ?? "?"} ${result}${because}`;
}

/** Only what a run decides: figures of the machine and the module's id change with every build. */
function infoWords(info: Record<string, unknown>): string {
  const notes = (info.notes ?? {}) as Record<string, unknown>;
  const counts = Object.entries(notes).filter(([, count]) => count !== 0);
  const words = counts.map(([name, count]) => `, ${name} ${count}`).join("");
  return `info: booted by ${info.reset}, ${info.slots} slots${words}`;
}

export class MessageWords {
  readonly #shack: string;
  readonly #names: ReadonlyMap<string, string>;
  readonly #told = new Map<string, string>();

  /** `names`: the caddies by address. */
  constructor(shack: string, names: ReadonlyMap<string, string>) {
    this.#shack = shack;
    this.#names = names;
  }

  tell(topic: string, payload: string): MessageNews {
    const [, , backplane = null, slot, ...rest] = topic.split("/");
    const caddy = this.#names.get(`${backplane}/${slot}`) ?? null;
    const who = caddy ?? backplane ?? "broker";
    const incoming = parseIncoming(this.#shack, topic, payload);
    const plain = { who, caddy, backplane, news: true };
    if (incoming === null || backplane === null) return { ...plain, what: sent(topic, payload) };
    switch (incoming.kind) {
      case "status":
        return { ...plain, what: payload };
      case "ack":
        return { ...plain, what: ackWords(incoming.ack) };
      case "config-ack":
        return { ...plain, what: configAckWords(incoming.ack) };
      case "state":
        return this.#unlessSame(topic, { ...plain, what: stateWords(incoming.state) });
      case "info":
        return this.#unlessSame(topic, { ...plain, what: infoWords(incoming.info) });
      case "bad":
        return { ...plain, what: `${[slot, ...rest].join("/")}: ${incoming.why}` };
    }
  }

  #unlessSame(topic: string, message: MessageNews): MessageNews {
    const news = this.#told.get(topic) !== message.what;
    this.#told.set(topic, message.what);
    return { ...message, news };
  }
}

/** What an operator or hostd sends. */
function sent(topic: string, payload: string): string {
  const levels = topic.split("/");
  if (levels[3] === "config" && levels.length === 4) {
    const rev = /^rev=(\d+)/m.exec(payload)?.[1] ?? "?";
    return `<- config rev ${rev}`;
  }
  const command = levels.at(-1) === "set" && levels.length === 6;
  const name = command ? levels[4] : topic;
  return `<- ${name} ${payload === "" ? "(empty)" : payload}`;
}
