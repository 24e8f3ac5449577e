// The self-made certificate of the HTTPS listener: made once, made anew before it ends.
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { writePrivate } from "../edge/files.ts";
import { dateAt } from "../edge/iso-time.ts";

export interface Certificate {
  key: string;
  cert: string;
  fingerprint: string;
}

const DAY_MS = 24 * 3600 * 1000;
const VALID_MS = 800 * DAY_MS;
const RENEW_MS = 30 * DAY_MS;

export function certificateFile(dataDir: string): string {
  return join(dataDir, "tls", "cert.pem");
}

/** `names`: host names and addresses it is for. */
export async function certificate(
  dataDir: string,
  names: readonly string[],
  wallMs: number,
): Promise<Certificate> {
  const certFile = certificateFile(dataDir);
  const keyFile = join(dataDir, "tls", "key.pem");
  if (!usable(certFile, keyFile, names, wallMs)) {
    mkdirSync(join(dataDir, "tls"), { recursive: true, mode: 0o700 });
    const made = await make(names, wallMs);
    writePrivate(keyFile, made.key);
    writePrivate(certFile, made.cert, 0o644);
  }
  const cert = readFileSync(certFile, "utf8");
  const { fingerprint256 } = new X509Certificate(cert);
  return { key: readFileSync(keyFile, "utf8"), cert, fingerprint: fingerprint256 };
}

function usable(certFile: string, keyFile: string, names: readonly string[], wallMs: number) {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false;
  const found = new X509Certificate(readFileSync(certFile, "utf8"));
  if (Date.parse(found.validTo) - wallMs < RENEW_MS) return false;
  return names.every((n) => (isIP(n) ? found.checkIP(n) : found.checkHost(n)) !== undefined);
}

async function make(
  names: readonly string[],
  wallMs: number,
): Promise<{ key: string; cert: string }> {
  // Loaded only when needed: it costs memory that hostd should not hold for ever.
  const { generate } = await import("selfsigned");
  const altNames = names.map((n) =>
    isIP(n) ? ({ type: 7, ip: n } as const) : ({ type: 2, value: n } as const),
  );
  const made = await generate([{ name: "commonName", value: names[0] ?? "hostd" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: dateAt(wallMs - DAY_MS),
    notAfterDate: dateAt(wallMs + VALID_MS),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames },
    ],
  });
  return { key: made.private, cert: made.cert };
}
