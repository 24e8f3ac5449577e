// `hostd console` and `hostd user` against a whole hostd, with serial ports the test speaks on.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseScript, unescapeText } from "../../../hostd/cli/console-script.ts";
import { TestPorts } from "../consoles/test-ports.ts";
import { startTestHostd, type TestHostd } from "../helpers.ts";
import { cli, TestKeyboard } from "./run.ts";

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 20 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4, console: { port: usb-1 } }
  - { name: web1, slot: bp1/2, carrier: pi4 }
`;
const ports = new TestPorts();
let run: TestHostd;
beforeAll(async () => {
  run = await startTestHostd({ yaml: YAML, serialPorts: ports });
  ports.plug("usb-1");
  await vi.waitFor(() => ports.line("usb-1"));
});
afterAll(() => run.close());

const hostd = (...argv: string[]) => cli(argv, { dataDir: run.dataDir });
const sent = () => ports.line("usb-1").sent;

/** A person at `hostd console`; `code` is set when it has ended. */
function sit(...argv: string[]) {
  const keyboard = new TestKeyboard();
  keyboard.isPerson = true;
  const state: { code: number | null; err: string } = { code: null, err: "" };
  const ended = cli(["console", ...argv], { dataDir: run.dataDir, keyboard: keyboard }).then(
    (result) => {
      state.code = result.code;
      state.err = result.err;
    },
  );
  return { keyboard, state, ended };
}

describe("a person at a console", () => {
  test("sees the screen, types, reads, and leaves with ~.", async () => {
    ports.print("usb-1", "db1 login: ");
    const { keyboard, state, ended } = sit("db1");
    await vi.waitFor(() => expect(keyboard.shown).toContain("db1 login: "));
    expect(keyboard.shown).toContain("~. leaves");
    keyboard.type("root\r");
    await vi.waitFor(() => expect(sent()).toBe("root\r"));
    await vi.waitFor(() => expect(keyboard.shown).toContain("you write now"));
    ports.print("usb-1", "\r\n# ");
    await vi.waitFor(() => expect(keyboard.shown).toMatch(/# $/));
    keyboard.type("~?");
    expect(keyboard.shown).toContain("~B  send a break");
    keyboard.type("~B");
    await vi.waitFor(() => expect(ports.line("usb-1").lines).toContainEqual({ break: true }));
    keyboard.type("~.");
    await ended;
    expect([state.code, keyboard.listening, sent()]).toEqual([0, 0, "root\r"]);
  });

  test("only looks with --read-only, and is told once", async () => {
    const before = sent();
    const { keyboard, ended } = sit("db1", "--read-only");
    await vi.waitFor(() => expect(keyboard.shown).toContain("login"));
    keyboard.type("x");
    keyboard.type("y");
    expect(keyboard.shown.match(/may look, but not write/g)).toHaveLength(1);
    keyboard.type("\r~.");
    await ended;
    expect(sent()).toBe(before);
  });

  test("goes on where it was when hostd was gone for a while", async () => {
    const { keyboard, ended } = sit("db1");
    await vi.waitFor(() => expect(keyboard.shown).toContain("login"));
    ports.print("usb-1", "before ");
    await vi.waitFor(() => expect(keyboard.shown).toMatch(/before $/));
    const { dataDir } = run;
    await run.close(false);
    await vi.waitFor(() => expect(keyboard.shown).toContain("hostd is gone"));
    run = await startTestHostd({ yaml: YAML, serialPorts: ports, dataDir });
    await vi.waitFor(() => expect(keyboard.shown).toContain("hostd is back"), 10_000);
    await vi.waitFor(() => ports.line("usb-1"));
    ports.print("usb-1", "after");
    await vi.waitFor(() => expect(keyboard.shown).toMatch(/after$/));
    keyboard.type("\r~.");
    await ended;
    expect(keyboard.shown.match(/before/g)).toHaveLength(1);
  }, 30_000);

  test("a pipe sends all of its bytes, and gets the caddy's alone", async () => {
    const keyboard = new TestKeyboard();
    const ended = cli(["console", "db1"], { dataDir: run.dataDir, keyboard: keyboard });
    await vi.waitFor(() => expect(keyboard.listening).toBe(1));
    await vi.waitFor(() => expect(keyboard.shown).toContain("after"));
    keyboard.type("~.~?\n");
    await vi.waitFor(() => expect(sent()).toMatch(/~\.~\?\n$/));
    keyboard.end();
    expect((await ended).code).toBe(0);
    expect(keyboard.shown).not.toContain("writes now");
  });
});

describe("for scripts", () => {
  test("--send and --expect, in their order", async () => {
    const result = hostd("console", "db1", "--send", "who\\r", "--expect", "/ro\\w+/", "--json");
    await vi.waitFor(() => expect(sent()).toMatch(/who\r$/));
    ports.print("usb-1", "root tty1\r\n");
    const { code, out } = await result;
    expect(code).toBe(0);
    expect(JSON.parse(out).steps[0].matched).toBe("root");
  });

  test("what does not come in time is exit code 5", async () => {
    const { code, err } = await hostd("console", "db1", "--expect", "never", "--timeout", "100ms");
    expect([code, err]).toEqual([5, expect.stringContaining("CADDY_CONSOLE_TIMEOUT")]);
  });

  test("--log prints the record, searched, as JSON lines too", async () => {
    const { code, out } = await hostd("console", "db1", "--log", "--search", "LOGIN");
    expect([code, out]).toEqual([0, expect.stringMatching(/^\S+Z db1 login: /)]);
    const lines = await hostd("console", "db1", "--log", "--json", "--tail", "1");
    expect(JSON.parse(lines.out)).toHaveProperty("offset");
    const cast = await hostd("console", "db1", "--log", "--format", "cast");
    expect(JSON.parse(cast.out.split("\n")[0] ?? "")).toMatchObject({ version: 2 });
  });

  test("--list shows all consoles", async () => {
    const { out } = await hostd("console", "--list");
    expect(out).toMatch(/^NAME +SLOT +LINE/);
    expect(out).toMatch(/^db1 +bp1\/1 +open +115200 8N1/m);
    expect(out).toMatch(/^web1 +bp1\/2 +closed \(no port\)/m);
    const { consoles } = JSON.parse((await hostd("console", "--list", "--json")).out);
    expect(consoles.map(({ name }: { name: string }) => name)).toEqual(["db1", "web1"]);
  });

  test.each<[string[], number, RegExp]>([
    [["console"], 2, /say which caddy/],
    [["console", "nobody"], 3, /no caddy "nobody"/],
    [["console", "bp1/*"], 2, /means several/],
    [["console", "db1", "--log", "--list"], 2, /three things/],
    [["console", "db1", "--json"], 2, /--json goes with/],
    [["console", "db1", "--log", "--tail", "0"], 2, /--tail wants/],
    [["console", "db1", "--log", "--since", "soon"], 2, /neither/],
    [["console", "db1", "--log", "--format", "pdf"], 2, /Allowed choices/],
    [["console", "db1", "--send", "\\q"], 2, /means nothing/],
    [["console", "db1", "--expect", "/(/"], 2, /regular expression/],
    [["console", "db1", "--expect", "x", "--timeout", "soon"], 2, /timeout/],
    [["console", "web1", "--send", "x"], 4, /serial port is not there/],
  ])("%j: exit code %i", async (argv, code, message) => {
    const result = await hostd(...argv);
    const said = result.err + result.out;
    expect([result.code, said]).toEqual([code, expect.stringMatching(message)]);
  });

  test("escapes in --send, and what belongs together in a script", () => {
    expect(unescapeText("a\\n\\r\\t\\e\\0\\\\\\x7e")).toBe("a\n\r\t\x1b\0\\~");
    expect(() => unescapeText("\\")).toThrow(/means nothing/);
    const steps = [{ expect: "a" }, { send: "b" }, { expect: "c" }, { expect: "d" }, { send: "e" }];
    expect(parseScript(steps)).toEqual([
      { send: null, expect: "a" },
      { send: "b", expect: "c" },
      { send: null, expect: "d" },
      { send: "e", expect: null },
    ]);
  });
});

describe("hostd user", () => {
  test("adds, lists, changes and removes; keys from .pub files", async () => {
    expect(await hostd("user", "add", "ann", "--role", "operator")).toMatchObject({ code: 0 });
    const file = join(run.dataDir, "ann.pub");
    writeFileSync(
      file,
      ssh2.utils.generateKeyPairSync("ed25519", { comment: "ann@laptop" }).public,
    );
    expect(await hostd("user", "key", "add", "ann", file)).toMatchObject({ code: 0 });
    const { out } = await hostd("user", "list");
    const print = /SHA256:\S+/.exec(out)?.[0] ?? "";
    expect(out).toMatch(/^ann +operator +- +SHA256:\S+ ann@laptop$/m);
    expect(await hostd("user", "key", "remove", "ann", print)).toMatchObject({ code: 0 });
    expect(await hostd("user", "role", "ann", "viewer")).toMatchObject({ code: 0 });
    const { users } = JSON.parse((await hostd("user", "list", "--json")).out);
    expect(users).toContainEqual({ name: "ann", role: "viewer", password: false, keys: [] });
    expect(await hostd("user", "remove", "ann")).toMatchObject({ code: 0 });
  });

  test("asks for a password twice, without showing it", async () => {
    await hostd("user", "add", "bob");
    const ask = (...answers: string[]) => {
      const terminal = {
        columns: 80,
        write: () => {},
        ask: async (_question: string, secret: boolean) => {
          expect(secret).toBe(true);
          return answers.shift() ?? "";
        },
      };
      return cli(["user", "password", "bob"], { dataDir: run.dataDir, terminal });
    };
    expect(await ask("correct horse", "correct horse")).toMatchObject({ code: 0 });
    const url = `${run.hostd.urls.http}api/v1/status`;
    const login = `Basic ${Buffer.from("bob:correct horse").toString("base64")}`;
    expect((await fetch(url, { headers: { authorization: login } })).status).toBe(200);
    expect(await ask("correct horse", "correct cart")).toMatchObject({ code: 2 });
    expect((await fetch(url, { headers: { authorization: login } })).status).toBe(200);
  });

  test.each<[string[], number, RegExp]>([
    [["user", "add", "Ann"], 2, /no user name/],
    [["user", "add", "cyd", "--role", "king"], 2, /Allowed choices/],
    [["user", "remove", "nobody"], 1, /no user nobody/],
    [["user", "role", "admin", "viewer"], 2, /admin cannot be/],
    [["user", "password", "bob"], 2, /nobody to ask/],
    [["user", "password", "bob", "--file", "/not/there"], 2, /ENOENT/],
    [["user", "key", "add", "bob", "/not/there"], 2, /ENOENT/],
    [["user", "key", "remove", "bob", "SHA256:x"], 1, /has no key/],
  ])("%j: exit code %i", async (argv, code, message) => {
    const result = await hostd(...argv);
    expect([result.code, result.err]).toEqual([code, expect.stringMatching(message)]);
  });
});
