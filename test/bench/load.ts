// A stock MQTT client that sends commands at a steady rate and measures how long until the retained
// state says so.

import { performance } from "node:perf_hooks";
import mqtt, { type MqttClient } from "mqtt";
import { withoutDelay } from "./bare.ts";
import { percentile } from "./report.ts";

export interface Target {
  backplane: string;
  slot: number;
}

export interface Sample {
  target: Target;
  value: "on" | "off";
  sentMs: number;
  /** Undefined: no state came. */
  seenMs?: number;
}

export interface Load {
  url: string;
  user: string;
  password: string;
  shack: string;
  targets: readonly Target[];
  /** What is commanded, and what of the state must follow. */
  kind: "identify" | "power";
  perSecond: number;
  durationMs: number;
  /** How long to wait for the last states. */
  graceMs: number;
  /** What the first round sends; each further round the other. */
  first: "on" | "off";
}

const STEP_MS = 10;

export interface Driven {
  samples: Sample[];
  /** p99 of how late our own timers came: what the machine itself added to every figure. */
  lateMs: number;
}

/** Sends to each target in turn, `on` and `off` by rounds, and waits for what was sent. */
export async function drive(load: Load): Promise<Driven> {
  const { user, password } = load;
  const client = await mqtt.connectAsync(load.url, {
    username: user,
    password,
    clientId: `bench-${process.pid}-${load.kind}`,
    protocolVersion: 4,
  });
  try {
    return await driveWith(withoutDelay(client), load);
  } finally {
    await client.endAsync();
  }
}

async function driveWith(client: MqttClient, load: Load): Promise<Driven> {
  const base = `caddyshack/${load.shack}`;
  const samples: Sample[] = [];
  const open = new Map<string, Sample[]>();
  client.on("message", (topic, payload) => {
    const seenMs = performance.now();
    const [, , backplane, slot] = topic.split("/");
    const waiting = open.get(`${backplane}/${slot}`);
    if (!waiting || waiting.length === 0) return;
    const state = JSON.parse(payload.toString());
    const value =
      load.kind === "identify" ? (state.identify ? "on" : "off") : (state.power as string);
    const at = waiting.findIndex((sample) => sample.value === value);
    const [sample] = at === -1 ? [] : waiting.splice(at, 1);
    if (sample) sample.seenMs = seenMs;
  });
  await client.subscribeAsync(`${base}/+/+/state`, { qos: 1 });

  const total = Math.round((load.durationMs * load.perSecond) / 1000);
  const startMs = performance.now();
  const latesMs: number[] = [];
  let dueMs = startMs;
  await new Promise<void>((done) => {
    const timer = setInterval(() => {
      latesMs.push(performance.now() - dueMs - STEP_MS);
      dueMs = performance.now();
      const due = Math.min(total, ((performance.now() - startMs) * load.perSecond) / 1000);
      while (samples.length < due) send();
      if (samples.length < total) return;
      clearInterval(timer);
      done();
    }, STEP_MS);
  });
  function send(): void {
    const target = load.targets[samples.length % load.targets.length] as Target;
    const round = Math.floor(samples.length / load.targets.length);
    const other = load.first === "on" ? "off" : "on";
    const value = round % 2 === 0 ? load.first : other;
    const sample: Sample = { target, value, sentMs: performance.now() };
    const key = `${target.backplane}/${target.slot}`;
    open.set(key, [...(open.get(key) ?? []), sample]);
    samples.push(sample);
    const topic = `${base}/${key}/${load.kind}/set`;
    client.publish(topic, `${value} ${load.kind[0]}${samples.length.toString(36)}`, { qos: 1 });
  }

  const endMs = performance.now() + load.graceMs;
  while (samples.some((sample) => sample.seenMs === undefined) && performance.now() < endMs) {
    await new Promise((done) => setTimeout(done, STEP_MS));
  }
  return { samples, lateMs: percentile(latesMs, 0.99) ?? 0 };
}

/**
 * Of each `on`: how long the stagger alone held it back. A backplane switches one caddy on at a
 * time, at least `staggerMs` apart, so the next may start that long after the last was seen.
 */
export function heldMs(samples: readonly Sample[], staggerMs: number): Map<Sample, number> {
  const held = new Map<Sample, number>();
  const lastOnMs = new Map<string, number>();
  const seen = samples.filter((sample) => sample.seenMs !== undefined && sample.value === "on");
  for (const sample of seen.toSorted((a, b) => (a.seenMs ?? 0) - (b.seenMs ?? 0))) {
    const { backplane } = sample.target;
    const freeMs = (lastOnMs.get(backplane) ?? Number.NEGATIVE_INFINITY) + staggerMs;
    held.set(sample, Math.max(0, freeMs - sample.sentMs));
    lastOnMs.set(backplane, sample.seenMs ?? 0);
  }
  return held;
}
