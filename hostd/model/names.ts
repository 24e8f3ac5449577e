// Names of shacks, backplanes and caddies (docs/SPEC.md 1), and what a person may have meant.

export const NAME_PATTERN = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;
export const NAME_RULE = "1 to 32 characters of a-z, 0-9 and -, not beginning or ending with -";

/** `services` is the topic level where roles find each other, so no shack may be called that. */
export const RESERVED_SHACK_NAMES: readonly string[] = ["services"];

/** `all` as a caddy would turn the most feared typing error into a valid command. */
export const RESERVED_CADDY_NAMES: readonly string[] = ["all"];

/** The name of a slot whose caddy has none of its own: `bp1-2`. */
export function slotName(backplane: string, slot: number): string {
  return `${backplane}-${slot}`;
}

/** The address of a slot: `bp1/2`. */
export function slotAddress(backplane: string, slot: number): string {
  return `${backplane}/${slot}`;
}

/** At most `limit` of `known` that look like `wanted`, best first. */
export function nearest(wanted: string, known: Iterable<string>, limit = 3): string[] {
  const reach = Math.max(2, Math.floor(wanted.length / 3));
  const scored: { name: string; distance: number }[] = [];
  for (const name of known) {
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase());
    const begins = wanted.length > 1 && name.startsWith(wanted);
    if (distance <= reach || begins) scored.push({ name, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map((s) => s.name);
}

/** Levenshtein distance; only ever asked for short words, so the plain table will do. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
