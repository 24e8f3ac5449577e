// What hostd says over HTTP, as docs/SPEC.md section 4 writes it down. Names are the wire's names.

export const POWER_STATES = [
  "on",
  "off",
  "queued",
  "stopping",
  "fault",
  "empty",
  "unknown",
] as const;
export type Power = (typeof POWER_STATES)[number];

export interface Caddy {
  readonly name: string;
  /** `bp1/2`: backplane and 1-based slot. */
  readonly address: string;
  readonly carrier: string | null;
  readonly power: Power;
  readonly present: boolean | null;
  readonly pgood: boolean | null;
  readonly usb: boolean | null;
  readonly identify: boolean | null;
  readonly fault: string | null;
  readonly mA: number | null;
  readonly online: boolean;
  readonly changed_at: string | null;
}

export interface Backplane {
  readonly id: string;
  readonly slots: number;
  readonly online: boolean;
  /** First 16 hex digits of the module's SHA-256. */
  readonly module: string | null;
  readonly info: Readonly<Record<string, unknown>> | null;
  readonly config_rev: number | null;
}

export interface Supply {
  readonly volts: number;
  readonly amps: number;
}

export interface Status {
  readonly shack: string;
  readonly supply: Supply | null;
  readonly caddies: readonly Caddy[];
  readonly backplanes: readonly Backplane[];
}

export type JobState = "running" | "done" | "refused" | "failed" | "timed-out";

export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly caddy: string;
  readonly action: string;
  readonly state: JobState;
  readonly result: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

/** An event hostd has stored; ids grow. */
export interface StoredEvent {
  readonly id: number;
  readonly at: string;
  readonly type: string;
  readonly caddy: string | null;
  readonly backplane: string | null;
  readonly actor: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Who {
  readonly user: string;
  readonly role: string;
}

export type PowerAction = "on" | "off" | "cycle" | "shutdown" | "reset";
