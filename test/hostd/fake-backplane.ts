// A small scripted client that speaks the backplane's side of docs/SPEC.md 2, for tests of hostd
// without a simulator.
import { connect, type MqttClient } from "mqtt";

export interface FakeOptions {
  url: string;
  shack: string;
  id: string;
  slots: number;
  password: string;
}

export interface FakeState {
  power: string;
  present: boolean;
  pgood: boolean;
  usb: boolean;
  identify: boolean;
  fault: string | null;
  carrier: string | null;
  mA: number | null;
  seq: number;
  age_ms: number;
}

/** What the script answers to a command: acks in order; state changes come with the last one. */
export type Answer = { result: string; reason?: string; state?: Partial<FakeState> }[];

export class FakeBackplane {
  readonly commands: { slot: number; kind: string; payload: string }[] = [];
  readonly configs: string[] = [];
  readonly states: FakeState[];
  /** Null answers nothing. */
  script: (slot: number, kind: string, verb: string) => Answer | null = obey;
  /** Gets what is published on `module/<step>`. */
  onModule: (step: string, payload: Uint8Array) => void = () => {};
  /** What `info` says besides. */
  moreInfo: object = {};
  configAnswer: (rev: number) => object | null = (rev) => done(rev);
  private readonly options: FakeOptions;
  private readonly base: string;
  private client: MqttClient | null = null;

  constructor(options: FakeOptions) {
    this.options = options;
    this.base = `caddyshack/${options.shack}/${options.id}`;
    this.states = Array.from({ length: options.slots }, () => ({
      power: "off",
      present: true,
      pgood: false,
      usb: true,
      identify: false,
      fault: null,
      carrier: "pi3-4",
      mA: 0,
      seq: 1,
      age_ms: 0,
    }));
  }

  async up(): Promise<void> {
    const { url, shack, id, password } = this.options;
    const account = `${shack}/${id}`;
    const client = connect(url, {
      username: account,
      password,
      clientId: account,
      reconnectPeriod: 0,
      will: { topic: `${this.base}/status`, payload: Buffer.from("offline"), qos: 1, retain: true },
    });
    this.client = client;
    client.on("message", (topic, payload) => this.receive(topic, payload));
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
    });
    const sets = ["+/power/set", "+/usb/set", "+/identify/set"];
    const tails = ["config", ...sets, "module/begin", "module/chunk", "module/commit"];
    await client.subscribeAsync(tails.map((tail) => `${this.base}/${tail}`));
    await this.sayInfo();
    for (const slot of this.states.keys()) await this.sayState(slot + 1);
    await client.publishAsync(`${this.base}/status`, "online", { qos: 1, retain: true });
  }

  sayInfo(): Promise<void> {
    const slots = this.states.length;
    return this.say("info", { abi: 1, module: "0123456789abcdef", slots, ...this.moreInfo }, true);
  }

  sayResult(result: object): Promise<void> {
    return this.say("module/result", result, false);
  }

  /** Cuts the connection, so that the broker publishes the last will. */
  cut(): void {
    this.client?.stream.destroy();
  }

  /** Leaves without a will: for the end of a test. */
  async end(): Promise<void> {
    await this.client?.endAsync(true);
    this.client = null;
  }

  async change(slot: number, state: Partial<FakeState>): Promise<void> {
    const record = this.states[slot - 1];
    if (!record) throw new Error(`no slot ${slot}`);
    Object.assign(record, state);
    record.seq++;
    await this.sayState(slot);
  }

  async ack(slot: number, ack: object): Promise<void> {
    await this.say(`${slot}/ack`, ack, false);
  }

  private sayState(slot: number): Promise<void> {
    return this.say(`${slot}/state`, this.states[slot - 1] ?? {}, true);
  }

  private async say(tail: string, value: object, retain: boolean): Promise<void> {
    const topic = `${this.base}/${tail}`;
    await this.client?.publishAsync(topic, JSON.stringify(value), { qos: 1, retain });
  }

  private receive(topic: string, bytes: Buffer): void {
    const tail = topic.slice(this.base.length + 1).split("/");
    if (tail[0] === "module") {
      this.onModule(tail[1] ?? "", Uint8Array.from(bytes));
      return;
    }
    const payload = bytes.toString();
    if (tail[0] === "config") {
      this.configs.push(payload);
      const rev = Number(/^rev=(\d+)/.exec(payload)?.[1]);
      const answer = this.configAnswer(rev);
      if (answer) void this.say("config/ack", answer, false);
      return;
    }
    const slot = Number(tail[0]);
    const kind = tail[1] ?? "";
    this.commands.push({ slot, kind, payload });
    void this.answer(slot, kind, payload);
  }

  private async answer(slot: number, kind: string, payload: string): Promise<void> {
    const [verb = "", id = null] = payload.split(" ");
    for (const { result, reason = null, state } of this.script(slot, kind, verb) ?? []) {
      if (state) await this.change(slot, state);
      const shown = kind === "power" ? verb : `${kind}-${verb}`;
      await this.ack(slot, { id, verb: shown, result, reason });
    }
  }
}

function done(rev: number): object {
  return { rev, result: "done", reason: null, line: null };
}

/** Does as it is told, at once. */
function obey(_slot: number, kind: string, verb: string): Answer {
  if (kind !== "power") return [{ result: "done", state: { [kind]: verb === "on" } }];
  const on = verb === "on" || verb === "cycle";
  const state = on ? { power: "on", pgood: true } : { power: "off", pgood: false };
  return [{ result: "queued" }, { result: "done", state: verb === "reset" ? {} : state }];
}
