// Randomness of the machine: ids, passwords, tokens.
import { randomBytes, randomInt } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Lower-case letters and digits. */
export function randomId(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}

/** 144 bits in 24 characters that need no quoting in a shell, a URL or a password file. */
export function randomPassword(): string {
  return randomBytes(18).toString("base64url");
}

/** A secret key of this many bytes. */
export function randomKey(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length));
}
