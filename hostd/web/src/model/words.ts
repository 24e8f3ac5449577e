// Words and numbers as this page writes them. Pure; the reader's locale and zone come with Intl.

import type { Caddy, Job, StoredEvent } from "./types.ts";

const CARRIERS: Record<string, { short: string; long: string }> = {
  pi3: { short: "Pi 3", long: "Raspberry Pi 3" },
  pi4: { short: "Pi 4", long: "Raspberry Pi 4" },
  pi5: { short: "Pi 5", long: "Raspberry Pi 5" },
  cm4: { short: "CM4", long: "Compute Module 4" },
  hc1: { short: "HC1", long: "Odroid HC1" },
  switch: { short: "Switch", long: "Ethernet switch" },
  router: { short: "Router", long: "Router" },
  other: { short: "Other", long: "Other carrier" },
  "pi3-4": { short: "Pi 3/4", long: "Raspberry Pi 3 or 4" },
  "pi5-cm": { short: "Pi 5/CM", long: "Raspberry Pi 5 or Compute Module" },
};

export function carrierShort(carrier: string | null): string {
  return carrier === null ? "" : (CARRIERS[carrier]?.short ?? carrier);
}

export function carrierLong(carrier: string | null): string {
  return carrier === null ? "unknown" : (CARRIERS[carrier]?.long ?? carrier);
}

export function faultWords(fault: string | null): string {
  switch (fault) {
    case null:
      return "none";
    case "input":
      return "the load switch reports a fault";
    case "pgood":
      return "power good was lost or never came";
    case "stuck":
      return "the input lines are stuck";
    default:
      return fault;
  }
}

export function currentWords(mA: number | null): string {
  if (mA === null) return "–";
  return `${Math.round(mA)} mA`;
}

export function ampsWords(mA: number): string {
  return `${(mA / 1000).toFixed(mA < 9_950 ? 2 : 1)} A`;
}

/** What a screen reader says for a blade, and what a test finds it by. */
export function caddyLabel(caddy: Caddy): string {
  const parts = [caddy.name, caddy.address];
  if (caddy.carrier !== null && caddy.power !== "empty") parts.push(carrierLong(caddy.carrier));
  parts.push(caddy.online ? caddy.power : "unknown, backplane offline");
  if (caddy.power === "fault") parts.push(faultWords(caddy.fault));
  if (caddy.mA !== null && caddy.power !== "empty") parts.push(currentWords(caddy.mA));
  if (caddy.identify) parts.push("identify lamp on");
  return parts.join(", ");
}

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** `hh:mm:ss`, with the day before it when that is not today's; `–` for what is no time. */
export function timeWords(at: string | number | null, nowMs: number): string {
  const ms = typeof at === "string" ? Date.parse(at) : (at ?? Number.NaN);
  if (Number.isNaN(ms)) return "–";
  const date = day.format(ms);
  return date === day.format(nowMs) ? clock.format(ms) : `${date} ${clock.format(ms)}`;
}

export function durationWords(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

const REASONS: Record<string, string> = {
  timeout: "it was not seen to halt in time, so power was cut",
  superseded: "a newer command took its place",
  retained: "the broker had kept it; commands that were kept are not obeyed",
  duplicate: "it came again and may have been carried out already",
  "hostd-stopped": "hostd ended before the result came",
  fault: "its load switch reports a fault; switch it off to clear that",
  removed: "the caddy was pulled",
  ring: "the shift-register chain does not answer; nothing was changed",
  empty: "the slot is empty",
  off: "it has no power",
  stopping: "it is shutting down",
  "no-shutdown-line": "this carrier has no shutdown line",
  "no-reset-line": "this carrier has no reset line",
  "no-answer": "the backplane did not answer",
  "still-queued": "it is still waiting for its turn",
  "link-lost": "the link to its backplane broke on the way",
  "seen-after-reconnect": "seen when its backplane came back",
  "over-budget": "it alone would exceed the backplane's budget",
};

export function reasonWords(reason: string | null): string {
  return reason === null ? "" : (REASONS[reason] ?? reason);
}

export function jobTitle(job: Job): string {
  return job.kind === "power" ? job.action : `${job.kind} ${job.action}`;
}

export interface JobProgress {
  /** 0 sent, 1 the backplane has queued it, 2 ended. */
  readonly stage: 0 | 1 | 2;
  readonly text: string;
  readonly tone: "busy" | "good" | "bad";
}

/** Where a job stands; a running `cycle` or `shutdown` is told by what its caddy does meanwhile. */
export function jobProgress(job: Job, caddy: Caddy | undefined): JobProgress {
  const because = job.reason === null ? "" : `: ${reasonWords(job.reason)}`;
  switch (job.state) {
    case "done":
      return { stage: 2, text: `done${because}`, tone: "good" };
    case "refused":
    case "failed":
      return { stage: 2, text: `${job.state}${because}`, tone: "bad" };
    case "timed-out":
      return { stage: 2, text: `timed out${because}`, tone: "bad" };
    case "running":
      if (job.result !== "queued") return { stage: 0, text: "sent", tone: "busy" };
      return { stage: 1, text: runningWords(job, caddy), tone: "busy" };
  }
}

function runningWords(job: Job, caddy: Caddy | undefined): string {
  if (job.kind !== "power") return "accepted";
  if (caddy?.power === "stopping") return "shutting down";
  // A caddy that is off and will be switched on is `queued`, in the off time of a cycle as well.
  if (caddy?.power === "queued") {
    return job.action === "cycle" ? "power is off, it comes back" : "waiting for its turn";
  }
  return "accepted";
}

/** One line per event; keys this page does not know are left out, the type always stands. */
export function eventWords(event: StoredEvent): string {
  const { data } = event;
  const word = (key: string) =>
    ["string", "number"].includes(typeof data[key]) ? String(data[key]) : "";
  const reason = word("reason");
  // Of other MQTT clients only the verb is known: `on`, `identify-off`.
  const verb = word("verb").replace(/^(usb|identify)-/, "$1 ");
  const command = [word("kind") === "power" ? "" : word("kind"), word("action") || verb]
    .filter((part) => part !== "")
    .join(" ");
  switch (event.type) {
    case "caddy.power":
      return `power ${word("from") || "unknown"} → ${word("to") || "unknown"}`;
    case "caddy.fault":
      return word("fault") ? `fault: ${faultWords(word("fault"))}` : "fault cleared";
    case "caddy.presence":
      return data.present === true ? "caddy inserted" : "caddy pulled";
    case "backplane.online":
      return "backplane online";
    case "backplane.offline":
      return "backplane offline";
    case "backplane.config":
      return ["configuration", word("result"), reason].filter((part) => part).join(" ");
    case "backplane.module":
      return ["module", word("module"), word("state"), reason].filter((part) => part).join(" ");
    case "command.sent":
      return `${command || "command"} sent`;
    case "command.ended":
      return [command || "command", word("state") || word("result") || "ended"]
        .join(" ")
        .concat(data.late === true ? ", late" : "")
        .concat(reason ? `: ${reasonWords(reason)}` : "");
    case "session.opened":
      return "logged in";
    case "session.refused":
      return word("user") ? `log-in as ${word("user")} refused` : "log-in refused";
    case "console.stage":
      return `boot: ${word("from") || "unknown"} → ${word("to") || "unknown"}`;
    case "console.panic":
      return "kernel panic";
    case "console.oops":
      return "kernel oops";
    case "console.writer":
      return word("user") ? `${word("user")} writes on the console` : "nobody writes any more";
    case "console.line":
      return `console line ${word("line")}${reason ? `: ${reason}` : ""}`;
    case "hostd.started":
      return "hostd started";
    case "hostd.stopped":
      return "hostd stopped";
    default:
      return event.type;
  }
}

const ALARMS = ["backplane.offline", "session.refused", "console.panic", "console.oops"];

/** Which events ask for attention. */
export function eventTone(event: StoredEvent): "plain" | "good" | "bad" {
  const { data, type } = event;
  if (type === "caddy.fault") return data.fault ? "bad" : "good";
  if (type === "backplane.module") {
    return ["failed", "refused"].includes(String(data.state)) ? "bad" : "plain";
  }
  if (ALARMS.includes(type)) return "bad";
  if (type === "caddy.power" && data.to === "fault") return "bad";
  if (type === "backplane.online" || (type === "caddy.power" && data.to === "on")) return "good";
  if (type !== "command.ended") return "plain";
  return ["failed", "refused", "timed-out"].includes(String(data.state ?? data.result))
    ? "bad"
    : "plain";
}
