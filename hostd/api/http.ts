// Small things of HTTP that several routes share.
import type { FastifyRequest } from "fastify";

/** Inline scripts are forbidden: the built dashboard has none. */
export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
    "form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
} as const;

/** The address an attempt comes from; IPv4 looks the same however the listener maps it. */
export function placeOf(request: FastifyRequest): string {
  return (request.raw.socket.remoteAddress ?? "unknown").replace(/^::ffff:/, "");
}
