// Which port is whose: one caddy's power changes, and one port appears or begins to speak. Never a
// guess: two candidates are told, not chosen from. Pure.

export interface PortSample {
  place: string;
  /** Whose it is already. */
  caddy: string | null;
  /** Heard on it so far. */
  bytes: number;
}

export type Finding =
  | { found: "port"; place: string; because: "appeared" | "spoke" }
  | { found: "nothing" }
  | { found: "several"; places: string[] };

/** Less is noise on the line, as when power comes. */
export const SPOKE_BYTES = 16;

/**
 * `quiet`: two samples before the power was touched, with time between them; what spoke then says
 * nothing now. `now`: since the power was touched.
 */
export function judge(
  quiet: readonly [readonly PortSample[], readonly PortSample[]],
  now: readonly PortSample[],
): Finding {
  const [first, before] = quiet.map((samples) => new Map(samples.map((s) => [s.place, s.bytes])));
  const free = now.filter(({ caddy }) => caddy === null);
  const isNew = (place: string) => before?.get(place) === undefined;
  const chatty = (place: string) => (before?.get(place) ?? 0) > (first?.get(place) ?? 0);
  const found = free.filter(
    ({ place, bytes }) =>
      isNew(place) || (!chatty(place) && bytes - (before?.get(place) ?? 0) >= SPOKE_BYTES),
  );
  // One that appeared and another that spoke are two candidates as well.
  return finding(found, isNew);
}

function finding(samples: readonly PortSample[], isNew: (place: string) => boolean): Finding {
  const [first, second] = samples;
  if (first === undefined) return { found: "nothing" };
  if (second !== undefined) return { found: "several", places: samples.map(({ place }) => place) };
  const because = isNew(first.place) ? "appeared" : "spoke";
  return { found: "port", place: first.place, because };
}
