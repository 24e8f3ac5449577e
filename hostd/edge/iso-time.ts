// Wall times for people. Converting a given instant is pure, but it needs Date.

/** ISO 8601 in UTC with milliseconds. */
export function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/** Milliseconds since 1970 of an ISO 8601 text, or null. */
export function parseIsoTime(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return null;
  const wallMs = Date.parse(text);
  return Number.isNaN(wallMs) ? null : wallMs;
}

/** For libraries that want a Date: whole seconds, which is all a certificate holds. */
export function dateAt(wallMs: number): Date {
  return new Date(Math.floor(wallMs / 1000) * 1000);
}
