// Password hashes by scrypt (RFC 7914), on Node's thread pool so that a login holds up nobody.

import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** One of the settings that OWASP's password storage cheat sheet names; takes 16 MB a check. */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, HASH_BYTES, COST, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}

/** `scrypt$<salt>$<hash>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt);
  return `scrypt$${salt.toString("base64url")}$${hash.toString("base64url")}`;
}

export async function passwordMatches(password: string, stored: string): Promise<boolean> {
  const [kind, salt = "", hash = ""] = stored.split("$");
  const wanted = Buffer.from(hash, "base64url");
  if (kind !== "scrypt" || wanted.length !== HASH_BYTES) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64url")), wanted);
}
