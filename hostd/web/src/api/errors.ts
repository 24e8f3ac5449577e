// What can go wrong between this page and hostd, in words a person can act on.

export type ApiErrorKind =
  /** No answer came: hostd is down or the network is. */
  | "unreachable"
  /** Not logged in, or not any more. */
  | "unauthorised"
  /** hostd answered with a problem document. */
  | "problem"
  /** The answer was not what this page understands. */
  | "garbled";

export class ApiError extends Error {
  override name = "ApiError";
  readonly kind: ApiErrorKind;
  /** HTTP status, 0 when there was no answer. */
  readonly status: number;
  /** `CADDY_*`, when hostd gave one. */
  readonly code: string | null;

  constructor(kind: ApiErrorKind, message: string, status = 0, code: string | null = null) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.code = code;
  }
}

export const unreachable = () =>
  new ApiError("unreachable", "hostd does not answer. Is it running, and is the network up?");

export const garbled = (what: string, status: number) =>
  new ApiError(
    "garbled",
    `hostd answered something this page does not understand (${what}). Reload the page.`,
    status,
  );

/** An answer that is no success: its problem document when it has one, else its status. */
export function problem(status: number, body: unknown): ApiError {
  const of = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof of[key] === "string" ? (of[key] as string) : "");
  const message = text("detail") || text("title") || `hostd answered with status ${status}.`;
  const kind = status === 401 ? "unauthorised" : "problem";
  return new ApiError(kind, message, status, text("code") || null);
}
