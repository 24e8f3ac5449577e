// Who is asking (DESIGN 8): the owner of the Unix socket, Basic, or a cookie session.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { Role } from "../consoles/types.ts";
import { CaddyError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import type { SessionRow } from "../store/store.ts";
import type { User } from "../users/record.ts";
import { ADMIN, type Users } from "../users/users.ts";
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
  /** The admin's. */
  password: string;
  users: Users;
  sessions: SessionStore;
  clock: Clock;
  /** An attempt was refused; not called for those that were throttled. */
  onRefused: (user: string, place: string) => void;
}

/** Checks of passwords that wait for their turn: each takes memory and a processor. */
const WAITING_MAX = 16;
/** Proven pairs of user and password, so that not every request of a script costs a check. */
const PROVEN_MAX = 256;

export class Auth {
  private readonly options: AuthOptions;
  private readonly throttle: Throttle = new Map();
  private readonly wanted: Buffer;
  private readonly proven = new Map<string, User>();
  private waiting = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: AuthOptions) {
    this.options = options;
    this.wanted = sha256(`${ADMIN}:${options.password}`);
  }

  /** Throws CADDY_BAD_LOGIN or CADDY_LOGIN_THROTTLED. */
  async login(user: string, password: string, place: string): Promise<Who> {
    this.checkThrottle(place);
    const known = await this.check(user, password);
    if (known === null) {
      failed(this.throttle, place, this.options.clock.nowMs());
      this.options.onRefused(user, place);
      throw new CaddyError("CADDY_BAD_LOGIN", "user or password is wrong");
    }
    succeeded(this.throttle, place);
    return whoIs(known, place, null);
  }

  private checkThrottle(place: string): void {
    const waitMs = blockedMs(this.throttle, place, this.options.clock.nowMs());
    const busyMs = this.waiting >= WAITING_MAX ? 1000 : 0;
    const seconds = Math.ceil(Math.max(waitMs, busyMs) / 1000);
    if (seconds === 0) return;
    const extra = { retry_after_s: seconds };
    throw new CaddyError("CADDY_LOGIN_THROTTLED", `try again in ${seconds} s`, extra);
  }

  private async check(user: string, password: string): Promise<User | null> {
    const { users } = this.options;
    if (user === ADMIN) {
      return timingSafeEqual(sha256(`${user}:${password}`), this.wanted) ? users.get(ADMIN) : null;
    }
    const pair = this.digest(`${user}:${password}`);
    const proven = this.proven.get(pair);
    // A changed user is another record.
    if (proven !== undefined && users.find(user) === proven) return proven;
    this.proven.delete(pair);
    const known = await this.inTurn(() => users.check(user, password));
    if (known === null) return null;
    this.proven.set(pair, known);
    const [oldest] = this.proven.keys();
    if (this.proven.size > PROVEN_MAX && oldest !== undefined) this.proven.delete(oldest);
    return known;
  }

  private async inTurn<T>(run: () => Promise<T>): Promise<T> {
    this.waiting++;
    const mine = this.turn.then(run).finally(() => {
      this.waiting--;
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** A session hangs on the admin's password too, so a new one ends all of them. */
  private digest(text: string): string {
    return createHmac("sha256", this.wanted).update(text).digest("hex");
  }

  /** Opens a session and answers its token. */
  open(who: Who): string {
    const token = randomBytes(32).toString("base64url");
    const openedMs = this.options.clock.wallMs();
    this.options.sessions.addSession({
      tokenHash: this.digest(token),
      user: who.user,
      role: who.role,
      openedMs,
      expiresMs: openedMs + SESSION_MS,
    });
    return token;
  }

  /** Whoever these headers prove; null when they prove nobody. Throws as login does. */
  async identify(
    headers: { authorization?: string | undefined; cookie?: string | undefined },
    place: string,
    secure: boolean,
  ): Promise<Who | null> {
    const basic = /^basic ([A-Za-z0-9+/=]{1,1024})$/i.exec(headers.authorization ?? "");
    if (basic) {
      const [user = "", ...rest] = Buffer.from(basic[1] ?? "", "base64")
        .toString("utf8")
        .split(":");
      return this.login(user, rest.join(":"), place);
    }
    const token = cookieOf(headers.cookie, cookieName(secure));
    if (token === null) return null;
    const tokenHash = this.digest(token);
    const user = this.userOf(tokenHash);
    return user === null ? null : whoIs(user, place, tokenHash);
  }

  /** Whether a session still stands. */
  valid(tokenHash: string): boolean {
    return this.userOf(tokenHash) !== null;
  }

  close(tokenHash: string): void {
    this.options.sessions.dropSession(tokenHash);
  }

  /** Null when the session, or its user, is gone, or the user was changed since it was opened. */
  private userOf(tokenHash: string): User | null {
    const { sessions, users, clock } = this.options;
    const session = sessions.session(tokenHash, clock.wallMs());
    const user = session === null ? null : users.find(session.user);
    return session !== null && user !== null && session.openedMs >= user.changedMs ? user : null;
  }
}

const whoIs = ({ name, role }: User, place: string, tokenHash: string | null): Who => ({
  user: name,
  role,
  actor: `${name}@${place}`,
  tokenHash,
});

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
