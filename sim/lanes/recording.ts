// Conformance of lanes: a run is recorded on one lane with all that went into each module instance,
// and replayed on another one. What comes out, every HAL call with its bytes, every answer, every
// trap and the state at the end, is a text that must be the same to the byte.

import { CpuStopped } from "../runtime/board.ts";
import { type BootInput, type Hal, type Lane, type ModuleInstance, ModuleTrap } from "./lane.ts";

type Answer = Uint8Array | number | undefined;

/** What a Hal answered, or how it ended the call. */
type Reply = { answer: Answer } | { ended: "trap" | "stop" };

interface Step {
  /** The call with its arguments. */
  head: string;
  make: (instance: ModuleInstance) => Answer;
  replies: Reply[];
}

export interface Recording {
  /** One list for each instance, in the order of their making. */
  instances: Step[][];
  /** What came out on the lane it was recorded on. */
  transcript: string;
  /** Calls into the module. */
  callCount: number;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const shown = (value: Answer) => (value instanceof Uint8Array ? hex(value) : String(value ?? "-"));

/** Makes `lane` take down all that happens; `finish` ends it. */
export class Recorder {
  readonly lane: Lane;
  readonly #from: Lane;
  readonly #tapes: Tape[] = [];
  #finished = false;

  constructor(lane: Lane) {
    this.#from = lane;
    this.lane = { ...lane, instantiate: (hal) => this.#instantiate(hal) };
  }

  /** Suspends what still lives, so that the states are in the transcript. */
  finish(): Recording {
    this.#finished = true;
    for (const tape of this.#tapes) tape.end();
    const instances = this.#tapes.map((tape) => tape.steps);
    const transcript = this.#tapes.map((tape) => tape.text).join("");
    const callCount = instances.reduce((sum, steps) => sum + steps.length, 0);
    return { instances, transcript, callCount };
  }

  #instantiate(hal: Hal): ModuleInstance {
    if (this.#finished) throw new Error("the recording is finished");
    const tape = new Tape();
    this.#tapes.push(tape);
    tape.instance = this.#from.instantiate(tapped(hal, (line, reply) => tape.hal(line, reply)));
    return tape;
  }
}

/** Stands between a runtime and an instance and writes down both directions. */
class Tape implements ModuleInstance {
  readonly steps: Step[] = [];
  instance: ModuleInstance | null = null;
  text = "instance\n";
  #lines: string[] = [];
  #replies: Reply[] = [];

  hal(line: string, reply: Reply): void {
    this.#lines.push(line);
    this.#replies.push(reply);
  }

  end(): void {
    if (this.instance === null) return;
    const state = this.suspend();
    this.dispose();
    this.text += `state ${hex(state)}\n`;
  }

  boot(input: BootInput): number {
    const { reason, hot, durable, base, nowMs } = input;
    const head = `boot ${reason} ${hex(hot)} ${hex(durable)} ${hex(base)} ${nowMs}`;
    const kept = { reason, hot: hot.slice(), durable: durable.slice(), base: base.slice(), nowMs };
    const slots = this.#step(head, (instance) => instance.boot(kept)) as number;
    // Of no use any more (ABI 1), so it has no state at the end.
    if (slots < 1) this.dispose();
    return slots;
  }

  link(up: boolean, nowMs: number): void {
    this.#step(`link ${up} ${nowMs}`, (instance) => instance.link(up, nowMs) as undefined);
  }

  message(topic: Uint8Array, payload: Uint8Array, flags: number, nowMs: number): void {
    const [name, body] = [topic.slice(), payload.slice()];
    const head = `message ${hex(name)} ${hex(body)} ${flags} ${nowMs}`;
    this.#step(head, (one) => one.message(name, body, flags, nowMs) as undefined);
  }

  inputs(bytes: Uint8Array, nowMs: number): void {
    const kept = bytes.slice();
    const head = `inputs ${hex(kept)} ${nowMs}`;
    this.#step(head, (instance) => instance.inputs(kept, nowMs) as undefined);
  }

  tick(nowMs: number): number {
    return this.#step(`tick ${nowMs}`, (instance) => instance.tick(nowMs)) as number;
  }

  suspend(): Uint8Array {
    return this.#step("suspend", (instance) => instance.suspend()) as Uint8Array;
  }

  resume(state: Uint8Array, nowMs: number): number {
    const kept = state.slice();
    const head = `resume ${hex(kept)} ${nowMs}`;
    return this.#step(head, (instance) => instance.resume(kept, nowMs)) as number;
  }

  dispose(): void {
    this.instance?.dispose?.();
    this.instance = null;
  }

  #step(head: string, make: Step["make"]): Answer {
    const { instance } = this;
    if (instance === null) throw new ModuleTrap("the instance was given up");
    this.#lines = [];
    this.#replies = [];
    let outcome = "";
    try {
      const answer = make(instance);
      outcome = shown(answer);
      return answer;
    } catch (error) {
      outcome = ending(error);
      this.instance = null;
      throw error;
    } finally {
      this.steps.push({ head, make, replies: this.#replies });
      this.text += entry(head, this.#lines, outcome);
    }
  }
}

function entry(head: string, lines: readonly string[], outcome: string): string {
  return `${[head, ...lines].join("\n  ")}\n= ${outcome}\n`;
}

function ending(error: unknown): "trap" | "stop" {
  if (error instanceof ModuleTrap) return "trap";
  if (error instanceof CpuStopped) return "stop";
  throw error;
}

/** A Hal of which every call is told with its bytes, and what it answered. */
function tapped(hal: Hal, tell: (line: string, reply: Reply) => void): Hal {
  const through = <T extends Answer>(line: string, call: () => T): T => {
    try {
      const answer = call();
      tell(line, { answer: answer instanceof Uint8Array ? answer.slice() : answer });
      return answer;
    } catch (error) {
      tell(line, { ended: ending(error) });
      throw error;
    }
  };
  return {
    shift: (out, flags) => through(`shift ${hex(out)} ${flags}`, () => hal.shift(out, flags)),
    publish: (topic, payload, flags) =>
      through(`publish ${hex(topic)} ${hex(payload)} ${flags}`, () =>
        hal.publish(topic, payload, flags),
      ),
    subscribe: (topic) => through(`subscribe ${hex(topic)}`, () => hal.subscribe(topic)),
    measure: (what) => through(`measure ${what}`, () => hal.measure(what)),
    keep: (which, record) => through(`keep ${which} ${hex(record)}`, () => hal.keep(which, record)),
    note: (code, value) =>
      through(`note ${code} ${value}`, () => hal.note(code, value) as undefined),
    log: (level, text) =>
      through(`log ${level} ${hex(text)}`, () => hal.log(level, text) as undefined),
  };
}

/** Runs the recording's calls on another lane; answers what came out there. */
export function replay(recording: Recording, lane: Lane): string {
  return recording.instances.map((steps) => replayOne(steps, lane)).join("");
}

function replayOne(steps: readonly Step[], lane: Lane): string {
  let replies: Reply[] = [];
  let lines: string[] = [];
  const hal = tapped(
    playback(() => replies.shift()),
    (line) => lines.push(line),
  );
  const instance = lane.instantiate(hal);
  let text = "instance\n";
  let last: Answer;
  try {
    for (const { head, make, replies: recorded } of steps) {
      replies = [...recorded];
      lines = [];
      let outcome = "";
      try {
        last = make(instance);
        outcome = shown(last);
      } catch (error) {
        outcome = ending(error);
      }
      text += entry(head, lines, outcome);
    }
  } finally {
    instance.dispose?.();
  }
  const ended = steps.at(-1)?.head === "suspend" && last instanceof Uint8Array;
  return ended ? `${text}state ${hex(last as Uint8Array)}\n` : text;
}

/** Answers what was answered before, whatever is asked: a difference shows in the text. */
function playback(next: () => Reply | undefined): Hal {
  const answer = (): Answer => {
    const reply = next();
    if (reply === undefined) throw new ModuleTrap("more HAL calls than were recorded");
    if ("answer" in reply) return reply.answer;
    throw reply.ended === "trap" ? new ModuleTrap("as recorded") : new CpuStopped("as recorded");
  };
  const number = () => answer() as number;
  return {
    shift: (out) => {
      const back = answer();
      const fits = back instanceof Uint8Array && back.length === out.length;
      return fits ? back : new Uint8Array(out.length);
    },
    publish: number,
    subscribe: number,
    measure: number,
    keep: number,
    note: () => void answer(),
    log: () => void answer(),
  };
}
