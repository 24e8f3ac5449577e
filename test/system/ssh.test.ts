// Consoles with Debian's own ssh, as a person would.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseKey } from "../../hostd/users/record.ts";
import { fingerprint } from "../../hostd/users/users.ts";
import { TestPorts } from "../hostd/consoles/test-ports.ts";
import { basic, FREE, startTestHostd, type TestHostd } from "../hostd/helpers.ts";

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 20 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4, console: { port: usb-1 } }
`;
const ports = new TestPorts();
const children: ChildProcess[] = [];
let dir = "";
let run: TestHostd;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "caddyshack-test-"));
  run = await startTestHostd({ yaml: YAML, serialPorts: ports, ssh: FREE });
  ports.plug("usb-1");
  await vi.waitFor(() => ports.line("usb-1"));
  for (const [user, role, type] of [
    ["ann", "operator", "ed25519"],
    ["bob", "operator", "rsa"],
    ["cyd", "operator", "ecdsa"],
    ["eve", "viewer", "ed25519"],
    ["stranger", null, "ed25519"],
  ] as const) {
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", join(dir, user)]);
    chmodSync(join(dir, user), 0o600);
    if (role === null) continue;
    await post("users", { name: user, role });
    await post(`users/${user}/keys`, { key: readFileSync(join(dir, `${user}.pub`), "utf8") });
  }
}, 60_000);
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await run.close();
  rmSync(dir, { recursive: true });
});

async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${run.hostd.urls.http}api/v1/${path}`, {
    method: "POST",
    headers: { ...basic("admin", run.password), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
}

/** `ssh db1@rack -p PORT`, with nothing of this machine's own configuration. */
function ssh(user: string, caddy = "db1", ...command: string[]) {
  const port = run.hostd.urls.ssh?.split(":").at(-1) ?? "";
  const options = [
    "IdentitiesOnly=yes",
    "BatchMode=yes",
    "StrictHostKeyChecking=accept-new",
    `UserKnownHostsFile=${join(dir, "known_hosts")}`,
    "ConnectTimeout=10",
  ].flatMap((option) => ["-o", option]);
  const to = ["-F", "none", "-i", join(dir, user), "-p", port, `${caddy}@127.0.0.1`];
  const child = spawn("ssh", ["-tt", ...options, ...to, ...command], { stdio: "pipe" });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      said += bytes.toString("latin1");
    });
  }
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { said: () => said, type: (text: string) => child.stdin.write(text), code };
}

const LONG = { timeout: 15_000 };

test.each(["ann", "bob", "cyd"])(
  "%s logs in with a key, types, and reads the answer",
  async (user) => {
    ports.print("usb-1", "\r\ndb1 login: ");
    const before = ports.line("usb-1").sent;
    const session = ssh(user);
    await vi.waitFor(() => expect(session.said()).toContain("db1 login: "), LONG);
    session.type("root\r");
    await vi.waitFor(() => expect(ports.line("usb-1").sent).toBe(`${before}root\r`), LONG);
    ports.print("usb-1", `Welcome ${user}`);
    await vi.waitFor(() => expect(session.said()).toContain(`Welcome ${user}`), LONG);
    // OpenSSH takes ~ for itself at the begin of a line: ~~ passes one on.
    session.type("\r~~.");
    expect(await session.code).toBe(0);
  },
);

test("a viewer looks and cannot type", async () => {
  const before = ports.line("usb-1").sent;
  const session = ssh("eve");
  await vi.waitFor(() => expect(session.said()).toContain("login"), LONG);
  session.type("rm -rf /\r");
  await vi.waitFor(() => expect(session.said()).toContain("you may look, but not write"), LONG);
  expect(ports.line("usb-1").sent).toBe(before);
});

test("`ssh db1@rack log` prints the history, and other commands are refused", async () => {
  const log = ssh("ann", "db1", "log");
  expect(await log.code).toBe(0);
  expect(log.said()).toMatch(/\d{4}-\d\d-\d\dT\S+Z db1 login:/);
  const other = ssh("ann", "db1", "reboot");
  expect(await other.code).toBe(2);
});

test("a stranger's key, and a wrong caddy", async () => {
  const stranger = ssh("stranger");
  expect(await stranger.code).toBe(255);
  expect(stranger.said()).toContain("Permission denied (publickey)");
  const wrong = ssh("ann", "db2");
  expect(await wrong.code).toBe(3);
  expect(wrong.said()).toContain("did you mean db1?");
});

test("fingerprints are those that ssh-keygen prints", () => {
  for (const user of ["ann", "bob", "cyd"]) {
    const file = join(dir, `${user}.pub`);
    const printed = execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" });
    expect(printed).toContain(fingerprint(parseKey(readFileSync(file, "utf8"))));
  }
});
