// The control side over its socket, and the command line on top of it.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  answerLine,
  CONNECTIONS_MAX,
  type ControlServer,
  REQUEST_BYTES_MAX,
  serveControl,
} from "../../../sim/live/control-socket.ts";
import { renderResult } from "../../../sim/live/render.ts";
import { VERBS } from "../../../sim/live/verbs.ts";
import { VirtualRack } from "../../../sim/rack/virtual-rack.ts";
import { FakeLane } from "../fake-lane.ts";
import { oneBackplane } from "../shacks.ts";

function newRack(): VirtualRack {
  const rack = new VirtualRack({ shack: oneBackplane, lane: new FakeLane(3), seed: 1 });
  rack.run(2000);
  return rack;
}

describe("requests", () => {
  const rack = newRack();
  const ask = (request: unknown) => answerLine(JSON.stringify(request), rack.control);

  test.each([
    ["nonsense", "usage", "not JSON"],
    ["[]", "usage", "a request is a line"],
    ["null", "usage", "a request is a line"],
    ['{"verb":7}', "usage", "a request is a line"],
    ['{"verb":"pull","args":[1]}', "usage", "a request is a line"],
    ['{"verb":"pull","args":["db1"],"options":{"bounce":1}}', "usage", "a request is a line"],
    ['{"verb":"destroy"}', "usage", 'no verb "destroy"; there are pull'],
    ['{"verb":"toString"}', "usage", "no verb"],
    ['{"verb":"pull"}', "usage", "usage: pull <caddy>"],
    ['{"verb":"pull","args":["db1","db2"]}', "usage", "usage: pull <caddy>"],
    ['{"verb":"pull","args":["db1"],"options":{"hold":"3"}}', "usage", "no option --hold"],
    ['{"verb":"pull","args":["db1"],"options":{"bounce":"x"}}', "usage", "milliseconds"],
    ['{"verb":"press","args":["db1"],"options":{"hold":"0"}}', "usage", "more than 0"],
    ['{"verb":"pull","args":["db"]}', "no-such-name", 'no caddy named "db"; did you mean db1'],
    ['{"verb":"pull","args":["bp1/9"]}', "no-such-name", "no caddy named"],
    ['{"verb":"reset","args":["bp9"]}', "no-such-name", 'no backplane named "bp9"; did you mean'],
    ['{"verb":"reset","args":["bp1","kick"]}', "usage", "cause is one of power-on, pin"],
    ['{"verb":"break","args":["db1","badly"]}', "usage", "how is one of short, open, fault"],
    ['{"verb":"insert","args":["db1"],"options":{"carrier":"pi9"}}', "usage", "--carrier is one"],
    ['{"verb":"insert","args":["db1"]}', "failed", "there is a caddy in bp1/1: pull it first"],
    ['{"verb":"hang","args":["db1"]}', "failed", "no power"],
    ['{"verb":"cut","args":["bp1/SCKK"]}', "no-such-name", 'no net named "bp1/SCKK"'],
    ['{"verb":"supply","args":["maybe"]}', "usage", "one of on, off"],
    ['{"verb":"overload","args":["db1","lots"]}', "usage", "0 to 99999"],
  ])("%s", (line, code, error) => {
    expect(answerLine(line, rack.control)).toMatchObject({ ok: false, code });
    expect((answerLine(line, rack.control) as { error: string }).error).toContain(error);
  });

  test("every verb does what it says", () => {
    const truth = () => rack.control.truth("db1");
    const done = (verb: string, args: string[], options = {}) => {
      const answer = ask({ verb, args, options });
      expect(answer).toMatchObject({ ok: true });
      rack.run(1000);
      return (answer as { result: unknown }).result;
    };
    const used = new Set<string>();
    const run: typeof done = (verb, ...rest) => {
      used.add(verb);
      return done(verb, ...rest);
    };
    run("pull", ["db1"], { bounce: "20" });
    expect(truth().present).toBe(false);
    run("insert", ["bp1/1"], { carrier: "hc1", bounce: "20" });
    expect(truth()).toMatchObject({ present: true, carrier: "hc1" });
    run("break", ["db1", "short"]);
    expect(truth()).toMatchObject({ loadSwitch: "short", pgood: true });
    run("hang", ["db1"]);
    expect(truth().phase).toBe("hung");
    run("overload", ["db1", "500"]);
    expect(truth().mA).toBeGreaterThan(500);
    expect(JSON.stringify(run("uart", ["db1"]))).toContain("U-Boot");
    expect(run("serial", ["db1"])).toMatchObject({ lines: [] });
    run("repair", ["db1"]);
    expect(truth().pgood).toBe(false);
    used.add("press").add("ptys");
    expect(ask({ verb: "ptys", args: ["here"] })).toMatchObject({ ok: false, code: "usage" });
    expect(ask({ verb: "ptys", args: ["/nowhere"] })).toMatchObject({ code: "failed" });
    expect(ask({ verb: "press", args: ["db1"], options: { hold: "500" } }).ok).toBe(true);
    expect(truth().button).toBe(true);
    const wemos = () => (run("backplane", ["bp1"]) as { wemos: string }).wemos;
    run("hold", ["bp1"]);
    expect(wemos()).toBe("reset");
    run("release", ["bp1"]);
    run("hang-backplane", ["bp1"]);
    expect(wemos()).toBe("hung");
    run("reset", ["bp1", "exception"]);
    expect(wemos()).toBe("running");
    run("logic", ["bp1", "off"]);
    expect(rack.control.backplaneTruth("bp1").logicRail).toBe(false);
    run("logic", ["bp1", "on"]);
    run("cut", ["bp1/1/PRESENT_N"]);
    expect(truth().present).toBe(false);
    run("mend", ["bp1/1/PRESENT_N"]);
    expect(run("nets", ["bp1/1/TYPE"])).toEqual({
      lines: ["bp1/1/TYPE0", "bp1/1/TYPE1", "bp1/1/TYPE2"],
    });
    expect((run("truth", []) as { caddies: unknown[] }).caddies).toHaveLength(3);
    expect(run("truth", ["db2"])).toMatchObject({ name: "db2", address: "bp1/2" });
    expect((run("edges", []) as { caddies: unknown[] }).caddies).toHaveLength(3);
    expect(run("edges", ["db2"])).toEqual({ name: "db2", address: "bp1/2", count: 0, edges: [] });
    run("supply", ["off"]);
    expect(rack.control.backplaneTruth("bp1").railMv).toBe(0);
    run("supply", ["on"]);
    expect([...used].sort()).toEqual(Object.keys(VERBS).sort());
  });
});

test("results are printed for people", () => {
  const rack = newRack();
  expect(renderResult(null)).toBe("");
  expect(renderResult({ lines: ["a", "b"] })).toBe("a\nb");
  const table = renderResult({ caddies: rack.control.truths() }).split("\n");
  expect(table).toHaveLength(4);
  expect(table[0]).toMatch(/^name +address +carrier +present/);
  expect(table[1]).toMatch(/^db1 +bp1\/1 +pi4 +yes/);
  const edges = { name: "db1", edges: [{ atMs: 5, on: true }] };
  expect(renderResult(edges)).toBe("name           db1\nedges          on@5");
});

describe("socket and command line", () => {
  let dir = "";
  let path = "";
  let server: ControlServer;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "caddyshack-rack-"));
    path = join(dir, "data", "rack.sock");
    server = await serveControl(path, newRack().control);
  });
  afterAll(async () => {
    await server.close();
    rmSync(dir, { recursive: true });
  });

  function rackCli(
    args: string[],
    more: Record<string, string> = {},
  ): Promise<{ code: number | null; out: string; err: string }> {
    const env = { ...process.env, ...more };
    const child = spawn(process.execPath, ["sim/live/rack-cli.ts", ...args], { env });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  }

  test("only its owner can open the socket", () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a socket left behind by a dead rack is taken over", async () => {
    const stale = join(dir, "stale.sock");
    const code = `require("node:net").createServer().listen(${JSON.stringify(stale)},
      () => process.kill(process.pid, "SIGKILL"))`;
    await new Promise((resolve) => spawn(process.execPath, ["-e", code]).on("exit", resolve));
    expect(statSync(stale).isSocket()).toBe(true);
    const again = await serveControl(stale, newRack().control);
    await expect(serveControl(stale, newRack().control)).rejects.toThrow("another rack is running");
    await again.close();
  });

  test("a file that is no socket is left alone", async () => {
    const file = join(dir, "notes.txt");
    writeFileSync(file, "mine");
    await expect(serveControl(file, newRack().control)).rejects.toThrow("notes.txt is no socket");
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("without --socket it is looked for where hostd keeps its data", async () => {
    const data = dirname(path);
    const answer = await rackCli(["truth", "db1", "--json"], { CADDYSHACK_DATA: data });
    expect(answer).toMatchObject({ err: "", code: 0 });
    const elsewhere = await rackCli(["truth"], { CADDYSHACK_DATA: join(dir, "other") });
    expect(elsewhere.err).toContain(join(dir, "other", "rack.sock"));
  });

  test("one connection too many is hung up on, the others are not", async () => {
    const closed: number[] = [];
    const sockets = Array.from({ length: CONNECTIONS_MAX + 1 }, (_, i) => {
      const socket = createConnection(path);
      socket.on("close", () => closed.push(i));
      socket.on("error", () => {});
      return socket;
    });
    await expect.poll(() => closed).toEqual([CONNECTIONS_MAX]);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => closed.length).toBe(CONNECTIONS_MAX + 1);
    // All that were there are gone for the server too, as soon as it has noticed.
    await expect
      .poll(async () => (await rackCli(["truth", "--socket", path])).code, { timeout: 5000 })
      .toBe(0);
  });

  test("requests may come in pieces and several at a time; too long a line ends it", async () => {
    const socket = createConnection(path);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => {
      text += chunk;
    });
    const lines = () => text.split("\n").length - 1;
    socket.write('{"verb":"truth","args":["d');
    socket.write('b1"]}\n{"verb":"x"}\n{"verb":"edges"}\n');
    await expect.poll(lines).toBe(3);
    socket.write("x".repeat(REQUEST_BYTES_MAX + 1));
    await new Promise((resolve) => socket.on("close", resolve));
    expect(text).toContain("a request has at most");
  });

  test.each([
    { args: ["truth", "db1", "--json"], code: 0, out: /^\{"name":"db1"/, err: /^$/ },
    { args: ["edges"], code: 0, out: /^name +address +count/, err: /^$/ },
    { args: ["--help"], code: 0, out: /usage: npm run rack[\s\S]*pull <caddy>/, err: /^$/ },
    { args: [], code: 2, out: /^$/, err: /usage: npm run rack/ },
    { args: ["pull"], code: 2, out: /^$/, err: /^rack: usage: pull <caddy>/ },
    { args: ["pull", "db1", "--wrong"], code: 2, out: /^$/, err: /--wrong/ },
    { args: ["pull", "nobody"], code: 3, out: /^$/, err: /^rack: no caddy named "nobody"/ },
    { args: ["hang", "db1"], code: 1, out: /^$/, err: /^rack: it has no power/ },
    {
      args: ["truth", "--socket", "/nowhere"],
      code: 6,
      out: /^$/,
      err: /no rack listens at \/nowhere/,
    },
  ])("rack $args", async ({ args, code, out, err }) => {
    const socket = args.includes("--socket") ? [] : ["--socket", path];
    const answer = await rackCli([...args, ...socket]);
    expect(answer.err).toMatch(err);
    expect(answer.out).toMatch(out);
    expect(answer.code).toBe(code);
  });
});
