// Consoles over SSH through a whole hostd, with the client of the same library; a stock client is
// in test/system.

import ssh2, { type ClientChannel } from "ssh2";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EscapeKeys, type Typed } from "../../../hostd/consoles/escape.ts";
import { newKeyPair } from "../../../hostd/consoles/ssh/key-pair.ts";
import { basic, FREE, startTestHostd, type TestHostd } from "../helpers.ts";
import { TestPorts } from "./test-ports.ts";

describe("escape keys", () => {
  const show = (typed: Typed) =>
    "send" in typed ? Buffer.from(typed.send).toString() : `<${typed.command}>`;
  test.each([
    ["plain text", ["ls\r"], "ls\r"],
    ["leave at the begin", ["~."], "<leave>"],
    ["leave after a line", ["ls\r~."], "ls\r<leave>"],
    ["not within a line", ["ls ~.\r"], "ls ~.\r"],
    ["key by key", ["\r", "~", "?"], "\r<help>"],
    ["tilde itself", ["~~x"], "~x"],
    ["another letter", ["~x"], "~x"],
    ["a path", ["~/bin\r"], "~/bin\r"],
    ["twice in a row", ["~?~."], "<help><leave>"],
    ["a line end after a tilde", ["~\r~."], "~\r<leave>"],
    ["all commands", ["~B~t~r~a"], "<break><take><release><ask>"],
    ["binary", ["\x00\x01~"], "\x00\x01~"],
  ])("%s", (_name, pieces, expected) => {
    const keys = new EscapeKeys();
    const found = pieces.flatMap((piece) => keys.take(Buffer.from(piece)));
    expect(found.map(show).join("")).toBe(expected);
  });
});

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 20 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4, console: { port: usb-1 } }
`;
const ports = new TestPorts();
const keyOf = () => newKeyPair(ssh2.utils, "test");
const keys = { ann: keyOf(), eve: keyOf(), stranger: keyOf() };
let run: TestHostd;
let port = 0;
beforeAll(async () => {
  run = await startTestHostd({ yaml: YAML, serialPorts: ports, ssh: FREE });
  port = Number(run.hostd.urls.ssh?.split(":").at(-1));
  ports.plug("usb-1");
  for (const [name, role] of [
    ["ann", "operator"],
    ["eve", "viewer"],
  ] as const) {
    await post("users", { name, role });
    await post(`users/${name}/keys`, { key: keys[name].public });
  }
  await vi.waitFor(() => ports.line("usb-1"));
});
afterAll(() => run.close());

async function post(path: string, body: object) {
  const answer = await fetch(`${run.hostd.urls.http}api/v1/${path}`, {
    method: "POST",
    headers: { ...basic("admin", run.password), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
}

async function connect(user: keyof typeof keys, caddy = "db1") {
  const client = new ssh2.Client();
  await new Promise<void>((resolve, reject) => {
    client.once("ready", resolve);
    client.once("error", reject);
    client.connect({ port, username: caddy, privateKey: keys[user].private });
  });
  client.on("error", () => undefined);
  let closed = false;
  client.on("close", () => {
    closed = true;
  });
  const watch = (channel: ClientChannel) => {
    let out = "";
    let code: number | null = null;
    channel.on("data", (bytes: Buffer) => {
      out += bytes.toString("latin1");
    });
    channel.stderr.on("data", (bytes: Buffer) => {
      out += bytes.toString("latin1");
    });
    channel.on("exit", (status: number) => {
      code = status;
    });
    return { channel, out: () => out, code: () => code };
  };
  return {
    client,
    closed: () => closed,
    shell: () =>
      new Promise<ReturnType<typeof watch>>((resolve, reject) => {
        client.shell((error, channel) => (error ? reject(error) : resolve(watch(channel))));
      }),
    exec: (command: string) =>
      new Promise<ReturnType<typeof watch>>((resolve, reject) => {
        client.exec(command, (error, channel) => (error ? reject(error) : resolve(watch(channel))));
      }),
  };
}

test("a key opens the console: the screen, what follows, what is typed, and leaving", async () => {
  ports.print("usb-1", "db1 login: ");
  const ann = await connect("ann");
  const { channel, out, code } = await ann.shell();
  await vi.waitFor(() => expect(out()).toContain("db1 login: "));
  channel.write("root\r");
  await vi.waitFor(() => expect(ports.line("usb-1").sent).toBe("root\r"));
  await vi.waitFor(() => expect(out()).toContain("you write now"));
  ports.print("usb-1", "Password: ");
  await vi.waitFor(() => expect(out()).toContain("Password: "));
  channel.write("~?");
  await vi.waitFor(() => expect(out()).toContain("take over writing"));
  channel.write("~B");
  await vi.waitFor(() => expect(ports.line("usb-1").lines).toContainEqual({ break: true }));
  channel.write("~.");
  await vi.waitFor(() => expect(code()).toBe(0));
  ann.client.end();
});

test("a viewer sees and cannot write, and all know who does", async () => {
  const ann = await connect("ann");
  const eve = await connect("eve");
  const mine = await ann.shell();
  const hers = await eve.shell();
  const before = ports.line("usb-1").sent;
  mine.channel.write("x");
  await vi.waitFor(() => expect(hers.out()).toContain("ann writes now (ssh)"));
  hers.channel.write("y");
  await vi.waitFor(() => expect(hers.out()).toContain("you may look, but not write"));
  hers.channel.write("\r~t");
  expect(ports.line("usb-1").sent).toBe(`${before}x`);
  ann.client.end();
  await vi.waitFor(() => expect(hers.out()).toContain("nobody writes"));
  eve.client.end();
});

test("`log` prints the history without escape sequences; other commands are refused", async () => {
  ports.print("usb-1", "\x1b]0;evil\x07a line\r\n");
  const ann = await connect("ann");
  const log = await ann.exec("log");
  await vi.waitFor(() => expect(log.code()).toBe(0));
  expect(log.out()).toMatch(/Z .*a line\n/);
  expect(log.out()).not.toContain("evil");
  const shell = await ann.exec("rm -rf /");
  await vi.waitFor(() => expect(shell.code()).toBe(2));
  expect(shell.out()).toContain("the only command here is `log`");
  ann.client.end();
});

test("an unknown caddy is named, with what was probably meant", async () => {
  const ann = await connect("ann", "db2");
  const { out, code } = await ann.shell();
  await vi.waitFor(() => expect(code()).toBe(3));
  expect(out()).toContain("no caddy db2; did you mean db1?");
  ann.client.end();
});

test("strangers, passwords and forwarding are refused, and it is noted", async () => {
  await expect(connect("stranger")).rejects.toThrow(/authentication/);
  const byPassword = new ssh2.Client();
  const refused = new Promise((resolve) => byPassword.once("error", resolve));
  byPassword.connect({ port, username: "db1", password: run.password });
  expect(String(await refused)).toMatch(/authentication/);
  await vi.waitFor(async () => {
    const events = await fetch(`${run.hostd.urls.http}api/v1/events`, {
      headers: { ...basic("admin", run.password), accept: "application/json" },
    });
    expect(JSON.stringify(await events.json())).toContain('"user":"db1","via":"ssh"');
  });
  const ann = await connect("ann");
  const forwarded = new Promise((resolve) => {
    ann.client.forwardOut("127.0.0.1", 1, "127.0.0.1", 22, (error) => resolve(error));
  });
  expect(String(await forwarded)).toMatch(/Channel open failure/);
  const files = new Promise((resolve) => ann.client.sftp((error) => resolve(error)));
  expect(String(await files)).toMatch(/Unable to start subsystem|refused|Channel/i);
  ann.client.end();
});

test("a removed key ends what it opened", async () => {
  const eve = await connect("eve");
  await eve.shell();
  const answer = await fetch(`${run.hostd.urls.http}api/v1/users/eve`, {
    method: "DELETE",
    headers: basic("admin", run.password),
  });
  expect(answer.status).toBe(204);
  await vi.waitFor(() => expect(eve.closed()).toBe(true));
});

test("a key that cannot be read is made anew, and there is an end to trying", () => {
  let made = 0;
  const tools = (good: number) => ({
    generateKeyPairSync: () => ({ private: `key ${++made}`, public: "" }),
    parseKey: (key: string) => (key === `key ${good}` ? {} : new Error("malformed")),
  });
  expect(newKeyPair(tools(3) as never, "x").private).toBe("key 3");
  expect(() => newKeyPair(tools(0) as never, "x")).toThrow(/in a row/);
});
