// Who is asking (DESIGN 8): the owner of the Unix socket, Basic admin, or a cookie session.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { Role } from "../consoles/types.ts";
import { CaddyError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { SessionRow } from "../store/store.ts";
import { blockedMs, failed, succeeded, type Throttle } from "./throttle.ts";

export interface Who {
  user: string;
  role: Role;
  /** For the audit trail: `admin@127.0.0.1`, `local:pi`. */
  actor: string;
  /** Of a cookie session. */
  tokenHash: string | null;
}

export interface SessionStore {
  addSession(session: SessionRow): void;
  session(tokenHash: string, wallMs: number): SessionRow | null;
  dropSession(tokenHash: string): void;
}

export const SESSION_MS = 12 * 3600 * 1000;
export const ADMIN = "admin";

const sha256 = (text: string) => createHash("sha256").update(text).digest();

/** A cookie of HTTPS must not be replaceable from HTTP, so the two have names of their own. */
export function cookieName(secure: boolean): string {
  return secure ? "__Host-caddyshack" : "caddyshack";
}

export function cookieHeader(token: string, secure: boolean): string {
  const age = Math.floor(token === "" ? 0 : SESSION_MS / 1000);
  const flags = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure ? "; Secure" : ""}`;
  return `${cookieName(secure)}=${token}; ${flags}`;
}

export function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of (header ?? "").split(";")) {
    const [key, value] = part.trim().split("=", 2);
    if (key === name && value) return value;
  }
  return null;
}

export interface AuthOptions {
  password: string;
  sessions: SessionStore;
  clock: Clock;
  /** An attempt was refused; not called for those that were throttled. */
  onRefused: (user: string, place: string) => void;
}

export class Auth {
  private readonly options: AuthOptions;
  private readonly throttle: Throttle = new Map();
  private readonly wanted: Buffer;

  constructor(options: AuthOptions) {
    this.options = options;
    this.wanted = sha256(`${ADMIN}:${options.password}`);
  }

  /** Throws CADDY_BAD_LOGIN or CADDY_LOGIN_THROTTLED. */
  login(user: string, password: string, place: string): Who {
    const { clock } = this.options;
    const waitMs = blockedMs(this.throttle, place, clock.nowMs());
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const extra = { retry_after_s: seconds };
      throw new CaddyError("CADDY_LOGIN_THROTTLED", `try again in ${seconds} s`, extra);
    }
    if (!timingSafeEqual(sha256(`${user}:${password}`), this.wanted)) {
      failed(this.throttle, place, clock.nowMs());
      this.options.onRefused(user, place);
      throw new CaddyError("CADDY_BAD_LOGIN", "user or password is wrong");
    }
    succeeded(this.throttle, place);
    return { user: ADMIN, role: "admin", actor: `${ADMIN}@${place}`, tokenHash: null };
  }

  /** A session hangs on the password too, so a new password ends all of them. */
  private hashToken(token: string): string {
    return createHmac("sha256", this.wanted).update(token).digest("hex");
  }

  /** Opens a session and answers its token. */
  open(who: Who): string {
    const token = randomBytes(32).toString("base64url");
    const openedMs = this.options.clock.wallMs();
    this.options.sessions.addSession({
      tokenHash: this.hashToken(token),
      user: who.user,
      role: who.role,
      openedMs,
      expiresMs: openedMs + SESSION_MS,
    });
    return token;
  }

  /** Whoever these headers prove; null when they prove nobody. Throws as login does. */
  identify(
    headers: { authorization?: string | undefined; cookie?: string | undefined },
    place: string,
    secure: boolean,
  ): Who | null {
    const basic = /^basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(headers.authorization ?? "");
    if (basic) {
      const [user = "", ...rest] = Buffer.from(basic[1] ?? "", "base64")
        .toString("utf8")
        .split(":");
      return this.login(user, rest.join(":"), place);
    }
    const token = cookieOf(headers.cookie, cookieName(secure));
    if (token === null) return null;
    const tokenHash = this.hashToken(token);
    if (!this.valid(tokenHash)) return null;
    return { user: ADMIN, role: "admin", actor: `${ADMIN}@${place}`, tokenHash };
  }

  /** Whether a session still stands. */
  valid(tokenHash: string): boolean {
    return this.options.sessions.session(tokenHash, this.options.clock.wallMs()) !== null;
  }

  close(tokenHash: string): void {
    this.options.sessions.dropSession(tokenHash);
  }
}

/**
 * A write must be meant for us: the Host a name of ours (a rebound DNS name is not), the Origin,
 * when there is one, our own. Throws CADDY_BAD_HOST or CADDY_BAD_ORIGIN.
 */
export function checkOrigin(
  headers: { host?: string | undefined; origin?: string | undefined },
  secure: boolean,
  ownNames: readonly string[],
): void {
  const host = headers.host ?? "";
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/.exec(host);
  const name = (match?.[1] ?? "").replace(/^\[|\]$/g, "").toLowerCase();
  const ours = name !== "" && (isIP(name) > 0 || ownNames.includes(name));
  if (!ours)
    throw new CaddyError("CADDY_BAD_HOST", `not a name of this hostd: ${host || "(none)"}`);
  const { origin } = headers;
  if (origin === undefined) return;
  if (origin.toLowerCase() === `${secure ? "https" : "http"}://${host}`.toLowerCase()) return;
  throw new CaddyError("CADDY_BAD_ORIGIN", `a page of ${origin} may not do this`);
}
