// Who may use hostd: names, roles, password hashes and SSH keys, and the file they stand in. Pure.

import type { Role } from "../consoles/types.ts";
import { CaddyError } from "../errors.ts";

export const ROLES: readonly Role[] = ["viewer", "operator", "admin"];
/** Lower case, so that nobody can look like somebody else. */
export const USER_PATTERN = /^[a-z][a-z0-9._-]{0,31}$/;
export const USER_RULE = "1 to 32 of a-z 0-9 . _ -, the first a letter";
export const USERS_MAX = 200;
export const KEYS_MAX = 20;
export const PASSWORD_CHARACTERS_MIN = 8;

export interface SshKey {
  /** `ssh-ed25519` */
  type: string;
  base64: string;
  comment: string;
}

export interface User {
  name: string;
  role: Role;
  /** `scrypt$<salt>$<hash>`, both base64url; null: no login by password. */
  password: string | null;
  keys: SshKey[];
  /** Sessions opened before this are over. */
  changedMs: number;
}

const KEY_TYPES = [
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];
const KEY = /^(\S+) ([A-Za-z0-9+/]{40,4000}={0,2})(?: ([!-~ ]{0,200}))?$/;

/** One line of an OpenSSH .pub file. Throws CADDY_BAD_REQUEST. */
export function parseKey(line: string): SshKey {
  const [, type = "", base64 = "", comment = ""] = KEY.exec(line.trim()) ?? [];
  if (/PRIVATE KEY/.test(line)) {
    const detail = "this is a private key: give the public one, the file that ends in .pub";
    throw new CaddyError("CADDY_BAD_REQUEST", detail);
  }
  // The blob names its type too (RFC 4253, 6.6).
  const blob = Buffer.from(base64, "base64");
  const inside = blob.length > 4 ? blob.toString("latin1", 4, 4 + blob.readUInt32BE(0)) : "";
  if (!KEY_TYPES.includes(type) || inside !== type) {
    const rule = "one line of an OpenSSH public key, like `ssh-ed25519 AAAA... ann@laptop`";
    throw new CaddyError("CADDY_BAD_REQUEST", `not an SSH key: give ${rule}`);
  }
  return { type, base64, comment };
}

/** Throws CADDY_BAD_REQUEST. */
export function checkName(name: string): void {
  if (USER_PATTERN.test(name)) return;
  throw new CaddyError("CADDY_BAD_REQUEST", `"${name}" is no user name: ${USER_RULE}`);
}

/** Throws CADDY_BAD_REQUEST. */
export function checkPassword(password: string): void {
  if (password.length >= PASSWORD_CHARACTERS_MIN && password.length <= 256) return;
  const rule = `a password has ${PASSWORD_CHARACTERS_MIN} to 256 characters`;
  throw new CaddyError("CADDY_BAD_REQUEST", rule);
}

export function writeUsers(users: readonly User[]): string {
  const sorted = [...users].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = sorted.map(({ name, role, password, keys, changedMs }) => ({
    name,
    role,
    password,
    keys: keys.map(({ type, base64, comment }) => `${type} ${base64} ${comment}`.trim()),
    changed_ms: changedMs,
  }));
  return `${JSON.stringify({ version: 1, users: rows }, null, 2)}\n`;
}

/** Throws an Error that says what is wrong, without the file's name. */
export function readUsers(text: string): User[] {
  const json = JSON.parse(text) as { version?: unknown; users?: unknown } | null;
  if (json?.version !== 1 || !Array.isArray(json.users)) {
    throw new Error("it is no users file of version 1");
  }
  return json.users.map((row: Record<string, unknown>) => {
    const { name, role, password = null, keys = [], changed_ms = 0 } = row;
    if (typeof name !== "string" || !USER_PATTERN.test(name)) {
      throw new Error(`"${String(name)}" is no user name: ${USER_RULE}`);
    }
    if (!ROLES.includes(role as Role))
      throw new Error(`${name} has no role of ${ROLES.join(", ")}`);
    if (password !== null && typeof password !== "string") {
      throw new Error(`the password of ${name} is no hash`);
    }
    if (!Array.isArray(keys)) throw new Error(`the keys of ${name} are no list`);
    const parsed = keys.map((key) => parseKey(String(key)));
    return { name, role: role as Role, password, keys: parsed, changedMs: Number(changed_ms) };
  });
}
