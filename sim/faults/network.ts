// Faults of the way between backplanes and broker, and of the broker itself.

import { backplaneOf, type FaultKind, type PlannedEvent, type Stage, spread } from "./stage.ts";

function linkOf(stage: Stage, id: string) {
  const link = stage.virtual.links.get(`${stage.virtual.rack.shack.name}/${id}`);
  if (link === undefined) throw new Error(`no link of ${id}`);
  return link;
}

/** A link that is bad for a while; what is under way then needs `lateMs` more. */
function badLink(stage: Stage, event: PlannedEvent, lateMs: number, end: () => void): void {
  const untilMs = stage.virtual.nowMs + (event.ms ?? 0);
  stage.checkers.watch.trouble(event.on, { what: "link", untilMs: untilMs + lateMs });
  stage.after(event.ms ?? 0, end);
}

const wifi: FaultKind = {
  scope: "backplane",
  meanMs: 400_000,
  draw: (random) => ({ ms: spread(random, 200, 60_000) }),
  strike(stage, { on, ms = 0 }) {
    stage.virtual.network(on, false);
    stage.checkers.watch.trouble(on, { what: "wifi" });
    stage.after(ms, () => stage.virtual.network(on, true));
    return true;
  },
};

const slow: FaultKind = {
  scope: "backplane",
  meanMs: 400_000,
  draw: (random) => ({ ms: spread(random, 500, 60_000), n: spread(random, 20, 5000) }),
  strike(stage, event) {
    const link = linkOf(stage, event.on);
    link.extraMs = event.n ?? 0;
    badLink(stage, event, 2 * (event.n ?? 0) + 100, () => {
      link.extraMs = 0;
    });
    return true;
  },
};

const duplicate: FaultKind = {
  scope: "backplane",
  meanMs: 300_000,
  draw: (random) => ({ ms: spread(random, 1000, 60_000), n: random.between(10, 100) }),
  strike(stage, event) {
    const link = linkOf(stage, event.on);
    link.duplicateChance = (event.n ?? 0) / 100;
    badLink(stage, event, 0, () => {
      link.duplicateChance = 0;
    });
    return true;
  },
};

const reorder: FaultKind = {
  scope: "backplane",
  meanMs: 300_000,
  draw: (random) => ({ ms: spread(random, 1000, 60_000), n: spread(random, 10, 5000) }),
  strike(stage, event) {
    const link = linkOf(stage, event.on);
    link.holdChance = 0.4;
    link.holdMaxMs = event.n ?? 0;
    badLink(stage, event, (event.n ?? 0) + 100, () => {
      link.holdChance = 0;
    });
    return true;
  },
};

function restart(stage: Stage, { ms = 0 }: PlannedEvent, loseRetained: boolean): boolean {
  const { broker } = stage.virtual;
  broker.setUp(false);
  if (loseRetained) broker.retained.clear();
  for (const { id } of stage.checkers.watch.backplanes) {
    stage.checkers.watch.trouble(id, { what: "wifi" });
  }
  stage.after(ms, () => broker.setUp(true));
  return true;
}

const brokerRestart: FaultKind = {
  scope: "rack",
  meanMs: 900_000,
  draw: (random) => ({ ms: spread(random, 50, 20_000) }),
  strike: (stage, event) => restart(stage, event, false),
};

const brokerLoss: FaultKind = {
  ...brokerRestart,
  strike: (stage, event) => restart(stage, event, true),
};

const kick: FaultKind = {
  scope: "backplane",
  meanMs: 300_000,
  draw: (random) => ({ word: random.between(0, 4) === 0 ? "hostd" : "backplane" }),
  strike(stage, { on, word }) {
    const { broker, rack } = stage.virtual;
    const client = word === "hostd" ? "hostd" : `${rack.shack.name}/${on}`;
    if (!broker.clientIds.includes(client)) return false;
    broker.kick(client);
    return true;
  },
};

const drift: FaultKind = {
  scope: "backplane",
  meanMs: 1_200_000,
  draw: (random) => ({ n: random.between(-300, 300) }),
  // A crystal's error shows from the next boot on, so it comes with one.
  strike(stage, { on, n = 0 }) {
    const { wemos } = backplaneOf(stage, on);
    if (wemos.state !== "running") return false;
    wemos.reset("software");
    wemos.driftPpm = n;
    return true;
  },
};

export const NETWORK_FAULTS = {
  wifi,
  slow,
  duplicate,
  reorder,
  "broker-restart": brokerRestart,
  "broker-loss": brokerLoss,
  kick,
  drift,
};
