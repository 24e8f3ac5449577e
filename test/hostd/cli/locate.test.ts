// Where the command line goes with the password, and whom it trusts there.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { certificate } from "../../../hostd/api/tls.ts";
import { HostdClient, trusting } from "../../../hostd/cli/client.ts";
import { findTarget } from "../../../hostd/cli/locate.ts";
import { tempDir } from "../helpers.ts";
import { cli } from "./run.ts";

const dir = tempDir();
const env = { cwd: dir, dataDir: dir };
const token = join(dir, "token");

beforeAll(() => {
  writeFileSync(token, "secret\n", { mode: 0o600 });
  mkdirSync(join(dir, "tls"));
  writeFileSync(join(dir, "tls", "cert.pem"), "OWN");
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const target = (url: string, more = {}) => findTarget({ url, tokenFile: token, ...more }, env);

test.each(["http://example.org", "http://192.0.2.1:8080", "http://[2001:db8::1]/"])(
  "%s would get the password in the clear, so it must be asked for",
  (url) => {
    expect(() => target(url)).toThrow(/password in the clear.*--http-insecure/);
    expect(target(url, { httpInsecure: true })).toMatchObject({ kind: "url" });
  },
);

test.each(["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://example.org"])(
  "%s needs no such word",
  (url) => {
    expect(target(url)).toMatchObject({ kind: "url", credentials: "admin:secret" });
  },
);

test("the certificate of the hostd here counts on this machine only", () => {
  expect(target("https://localhost:1")).toMatchObject({ ca: "OWN" });
  expect(target("https://example.org")).toMatchObject({ ca: null });
  writeFileSync(join(dir, "other.pem"), "OTHER");
  const given = target("https://example.org", { certFile: "other.pem" });
  expect(given).toMatchObject({ ca: "OTHER" });
});

test("a certificate that is given comes besides the roots, not in their place", () => {
  const all = trusting("MINE");
  expect(all).toContain("MINE");
  expect(all.length).toBeGreaterThan(Math.min(100, rootCertificates.length));
});

test("an unknown certificate is told as one, and nothing of the request gets there", async () => {
  const made = await certificate(join(dir, "elsewhere"), ["localhost", "127.0.0.1"], Date.now());
  let requests = 0;
  const server = createServer({ key: made.key, cert: made.cert }, (_request, response) => {
    requests++;
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const alone = await cli(["status", "--url", url, "--token-file", token]);
  expect(alone.code).toBe(6);
  expect(alone.err).toContain("(CADDY_CERTIFICATE)");
  expect(alone.err).toContain("--cert-file");
  expect(alone.err).not.toContain("npm start");
  expect(requests).toBe(0);
  const ca = made.cert;
  const client = new HostdClient({ kind: "url", url: new URL(url), credentials: "a:b", ca });
  expect(await client.get("/")).toEqual({});
  client.close();
  await new Promise((resolve) => server.close(resolve));
});
