// Compares what a JSON topic says with `key=value` words; a word alone is about `power`.

/** What the record says instead of the first word that does not fit; null when all fit. */
export function unlike(have: Readonly<Record<string, unknown>>, wanted: readonly string[]) {
  for (const word of wanted) {
    const at = word.indexOf("=");
    const [key, value] = at < 0 ? ["power", word] : [word.slice(0, at), word.slice(at + 1)];
    const is = shown(have, key);
    if (is !== value) return `${key}=${is}`;
  }
  return null;
}

/** `notes.faults` looks one level down; what is not there reads `nothing`. */
function shown(have: Readonly<Record<string, unknown>>, key: string): string {
  let at: unknown = have;
  for (const step of key.split(".")) at = (at as Record<string, unknown> | null)?.[step];
  return at === undefined ? "nothing" : String(at);
}
