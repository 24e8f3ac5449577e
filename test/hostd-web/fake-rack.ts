// A believable shack as hostd would tell it: made-up data for the dashboard's tests and pictures.

import type {
  Backplane,
  Caddy,
  Job,
  Status,
  StoredEvent,
} from "../../hostd/web/src/model/types.ts";

export const FAKE_NOW = "2026-11-23T14:03:22.000Z";

const MODULE = "9f2c41d07be63a58";

const PLAN: [name: string, address: string, carrier: string, mA: number][] = [
  ["gateway", "bp1/1", "router", 540],
  ["core-sw", "bp1/2", "switch", 410],
  ["db1", "bp1/3", "pi5", 1180],
  ["db2", "bp2/1", "pi5", 1090],
  ["web1", "bp2/2", "pi4", 730],
  ["web2", "bp2/3", "pi4", 690],
  ["k3s-1", "bp3/1", "pi4", 880],
  ["k3s-2", "bp3/2", "pi4", 910],
  ["k3s-3", "bp3/3", "pi4", 860],
  ["build", "bp4/1", "pi5", 2140],
  ["disk1", "bp4/2", "hc1", 970],
  ["lab", "bp4/3", "cm4", 620],
  ["old-print", "bp4/4", "pi3", 380],
];

export function fakeCaddy(name: string, change: Partial<Caddy> = {}): Caddy {
  const [, address = "bp1/1", carrier = "pi4", mA = 600] =
    PLAN.find(([each]) => each === name) ?? [];
  const caddy: Caddy = {
    name,
    address,
    carrier,
    power: "on",
    present: true,
    pgood: true,
    usb: true,
    identify: false,
    fault: null,
    mA,
    online: true,
    changed_at: "2026-11-23T13:58:04.000Z",
  };
  return { ...caddy, ...change };
}

/** The electrical keys of a caddy that is off for whatever reason. */
export const UNPOWERED = { pgood: false, usb: false, mA: 0 } as const;

/** What hostd says of a caddy while its backplane does not answer. */
export const UNKNOWN = {
  power: "unknown",
  present: null,
  pgood: null,
  usb: null,
  identify: null,
  fault: null,
  mA: null,
  online: false,
} as const;

export function fakeBackplane(id: string, change: Partial<Backplane> = {}): Backplane {
  const online: Backplane = {
    id,
    slots: id === "bp4" ? 4 : 3,
    online: true,
    module: MODULE,
    info: { uptime_s: 93_784, rail_mV: 5080 + Number(id.slice(2)) * 4, rssi: -58 },
    config_rev: 1,
  };
  return { ...online, ...change };
}

export function fakeStatus(): Status {
  return {
    shack: "shack1",
    supply: { volts: 5.1, amps: 60 },
    caddies: PLAN.map(([name]) => fakeCaddy(name)),
    backplanes: ["bp1", "bp2", "bp3", "bp4"].map((id) => fakeBackplane(id)),
  };
}

export function fakeEvent(id: number, change: Partial<StoredEvent> = {}): StoredEvent {
  const event: StoredEvent = {
    id,
    at: FAKE_NOW,
    type: "caddy.power",
    caddy: "db1",
    backplane: "bp1",
    actor: null,
    data: { from: "off", to: "on" },
  };
  return { ...event, ...change };
}

/** A cycle of db1 that was sent and has not been answered. */
export function fakeJob(id: string, change: Partial<Job> = {}): Job {
  const job: Job = {
    id,
    kind: "power",
    caddy: "db1",
    action: "cycle",
    state: "running",
    result: null,
    reason: null,
    actor: "admin",
    started_at: FAKE_NOW,
    ended_at: null,
  };
  return { ...job, ...change };
}
