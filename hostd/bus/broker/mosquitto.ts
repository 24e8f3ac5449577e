// The same accounts and the same access table as files for Mosquitto 2.0.
import { pbkdf2Sync, randomBytes } from "node:crypto";
import type { Passwords } from "./accounts.ts";
import type { AccessRules } from "./acl.ts";

/** Mosquitto's own default; the passwords are 144 random bits, so there is nothing to stretch. */
const ITERATIONS = 101;
const SALT_BYTES = 12;
const HASH_BYTES = 64;

/** One line of a password file: `$7$` is PBKDF2 with SHA-512. */
export function passwordLine(account: string, password: string, salt = randomBytes(SALT_BYTES)) {
  const hash = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES, "sha512");
  return `${account}:$7$${ITERATIONS}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

export function passwordFile(access: readonly AccessRules[], passwords: Passwords): string {
  const lines = access.map(({ account }) => passwordLine(account, passwords.get(account) ?? ""));
  return `${lines.join("\n")}\n`;
}

export function aclFile(access: readonly AccessRules[]): string {
  const blocks = access.map((rules) => {
    const { publish } = rules;
    const both = publish.filter((filter) => rules.read.includes(filter));
    const lines = [
      ...both.map((filter) => `topic readwrite ${filter}`),
      ...publish.filter((f) => !both.includes(f)).map((filter) => `topic write ${filter}`),
      ...rules.read.filter((f) => !both.includes(f)).map((filter) => `topic read ${filter}`),
    ];
    return `user ${rules.account}\n${lines.join("\n")}\n`;
  });
  const head =
    "# Written by hostd broker export mosquitto. Anonymous clients have no rule: they get";
  return `${head}\n# nothing.\n\n${blocks.join("\n")}`;
}

/** The lines for mosquitto.conf; `dir` is where the two files will lie. */
export function confSnippet(dir: string): string {
  return `# Written by hostd broker export mosquitto, for Mosquitto 2.0.
# Beyond loopback give the listener a certificate (cafile, certfile, keyfile).
listener 1883 127.0.0.1
allow_anonymous false
password_file ${dir}/caddyshack.passwords
acl_file ${dir}/caddyshack.acl
# Retained states must survive a restart of the broker.
persistence true
# The same packets and messages in flight as on the embedded broker.
max_packet_size 262144
max_inflight_messages 64
# The embedded broker keeps nothing for clients that are away; this one does, within bounds.
max_queued_messages 1000
max_queued_bytes 8388608
persistent_client_expiration 1d
`;
}
