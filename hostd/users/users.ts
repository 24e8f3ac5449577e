// The users of this hostd. `admin` is always there: its password is a file of its own, its SSH keys
// stand here like everybody's.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Role } from "../consoles/types.ts";
import { writePrivate } from "../edge/files.ts";
import { CaddyError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { hashPassword, passwordMatches } from "./password.ts";
import {
  checkName,
  checkPassword,
  KEYS_MAX,
  parseKey,
  readUsers,
  type SshKey,
  USERS_MAX,
  type User,
  writeUsers,
} from "./record.ts";

export const ADMIN = "admin";

/** SHA-256 of the key's blob, as ssh-keygen -l prints it. */
export function fingerprint({ base64 }: SshKey): string {
  const hash = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  return `SHA256:${hash.replace(/=+$/, "")}`;
}

export class Users {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #users = new Map<string, User>();
  readonly #listeners = new Set<(name: string) => void>();

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Throws CADDY_DATA_DIR when the file cannot be read as one. */
  start(): void {
    try {
      const text = existsSync(this.#file) ? readFileSync(this.#file, "utf8") : writeUsers([]);
      for (const user of readUsers(text)) this.#users.set(user.name, user);
    } catch (error) {
      const why = `${this.#file}: ${(error as Error).message}`;
      throw new CaddyError("CADDY_DATA_DIR", `${why}: mend it, or remove it and add users again`);
    }
    if (!this.#users.has(ADMIN)) this.#users.set(ADMIN, newUser(ADMIN, "admin", 0));
  }

  /** Called when a user was changed or removed: what they hold open must be looked at again. */
  onChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(): User[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): User | null {
    return this.#users.get(name) ?? null;
  }

  /** Throws CADDY_NO_SUCH_USER. */
  get(name: string): User {
    const user = this.find(name);
    if (user !== null) return user;
    throw new CaddyError("CADDY_NO_SUCH_USER", `no user ${name}; see \`hostd user list\``);
  }

  add(name: string, role: Role): User {
    checkName(name);
    if (this.#users.has(name))
      throw new CaddyError("CADDY_USER_EXISTS", `${name} is there already`);
    if (this.#users.size >= USERS_MAX) {
      throw new CaddyError("CADDY_BAD_REQUEST", `there are ${USERS_MAX} users: remove one first`);
    }
    return this.#put(newUser(name, role, this.#clock.wallMs()));
  }

  remove(name: string): void {
    this.get(name);
    refuseAdmin(name, "removed");
    this.#users.delete(name);
    this.#save(name);
  }

  setRole(name: string, role: Role): User {
    refuseAdmin(name, "given another role");
    return this.#put({ ...this.get(name), role, changedMs: this.#clock.wallMs() });
  }

  async setPassword(name: string, password: string): Promise<User> {
    if (name === ADMIN) {
      const detail = "the admin's password stands in the file admin-password: write it there";
      throw new CaddyError("CADDY_BAD_REQUEST", `${detail} and start hostd again`);
    }
    this.get(name);
    checkPassword(password);
    const hash = await hashPassword(password);
    return this.#put({ ...this.get(name), password: hash, changedMs: this.#clock.wallMs() });
  }

  /** `line` as in a .pub file. */
  addKey(name: string, line: string): User {
    const user = this.get(name);
    const key = parseKey(line);
    const owner = this.byKey(Buffer.from(key.base64, "base64"));
    if (owner !== null) {
      throw new CaddyError("CADDY_USER_EXISTS", `this key is already ${owner.name}'s`);
    }
    if (user.keys.length >= KEYS_MAX) {
      throw new CaddyError("CADDY_BAD_REQUEST", `${name} has ${KEYS_MAX} keys: remove one first`);
    }
    return this.#put({ ...user, keys: [...user.keys, key] });
  }

  removeKey(name: string, print: string): User {
    const user = this.get(name);
    const keys = user.keys.filter((key) => fingerprint(key) !== print);
    if (keys.length === user.keys.length) {
      const known = user.keys.map(fingerprint).join(", ") || "none";
      throw new CaddyError("CADDY_NOT_FOUND", `${name} has no key ${print}; there are: ${known}`);
    }
    return this.#put({ ...user, keys, changedMs: this.#clock.wallMs() });
  }

  /** Whose key this is: `blob` as SSH sends it. */
  byKey(blob: Uint8Array): User | null {
    const base64 = Buffer.from(blob).toString("base64");
    const same = (key: SshKey) => key.base64.replace(/=+$/, "") === base64.replace(/=+$/, "");
    return this.list().find(({ keys }) => keys.some(same)) ?? null;
  }

  /** Somebody's password, the admin's excepted. Takes as long for a name that is not there. */
  async check(name: string, password: string): Promise<User | null> {
    const user = this.find(name);
    const matches = await passwordMatches(password, user?.password ?? NOBODY);
    return matches && user?.password != null ? user : null;
  }

  #put(user: User): User {
    this.#users.set(user.name, user);
    this.#save(user.name);
    return user;
  }

  #save(name: string): void {
    writePrivate(this.#file, writeUsers(this.list()));
    for (const listener of this.#listeners) listener(name);
  }
}

/** A hash that nothing has. */
const zeros = (bytes: number): string => Buffer.alloc(bytes).toString("base64url");
const NOBODY = `scrypt$${zeros(16)}$${zeros(32)}`;

const newUser = (name: string, role: Role, changedMs: number): User => ({
  name,
  role,
  password: null,
  keys: [],
  changedMs,
});

function refuseAdmin(name: string, what: string): void {
  if (name === ADMIN) throw new CaddyError("CADDY_BAD_REQUEST", `admin cannot be ${what}`);
}
