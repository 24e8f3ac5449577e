// `hostd console map`: whose port is whose, from the power of one caddy at a time.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { judge, type PortSample } from "../../../hostd/consoles/mapping.ts";
import { bindConsole } from "../../../hostd/model/edit-shack.ts";
import { parseShack } from "../../../hostd/model/shack.ts";
import { TestPorts } from "../consoles/test-ports.ts";
import { startTestHostd, type TestHostd } from "../helpers.ts";
import { cli } from "./run.ts";

describe("whose port", () => {
  const free = (place: string, bytes: number): PortSample => ({ place, caddy: null, bytes });
  const owned: PortSample = { place: "o", caddy: "web1", bytes: 0 };
  test.each<[string, PortSample[], PortSample[], PortSample[], object]>([
    ["one appeared", [owned], [owned], [owned, free("a", 0)], { found: "port", place: "a" }],
    ["one spoke", [free("a", 0)], [free("a", 0)], [free("a", 99)], { because: "spoke" }],
    ["noise is no speech", [free("a", 0)], [free("a", 0)], [free("a", 3)], { found: "nothing" }],
    [
      "one that always speaks",
      [free("a", 0)],
      [free("a", 50)],
      [free("a", 99)],
      { found: "nothing" },
    ],
    [
      "one among chatterers",
      [free("a", 0), free("b", 0)],
      [free("a", 50), free("b", 0)],
      [free("a", 99), free("b", 99)],
      { found: "port", place: "b" },
    ],
    [
      "two appeared",
      [],
      [],
      [free("a", 0), free("b", 0)],
      { found: "several", places: ["a", "b"] },
    ],
    [
      "one appeared and another spoke",
      [free("a", 0)],
      [free("a", 0)],
      [free("a", 99), free("b", 0)],
      { found: "several", places: ["a", "b"] },
    ],
    ["none", [free("a", 0)], [free("a", 0)], [free("a", 0)], { found: "nothing" }],
    ["somebody's port never counts", [], [], [owned], { found: "nothing" }],
  ])("%s", (_name, first, before, now, expected) => {
    expect(judge([first, before], now)).toMatchObject(expected);
  });
});

const YAML = `# The rack in the cellar.
version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 20 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies: # top to bottom
  - { name: db1, slot: bp1/1, carrier: pi4 } # the loud one
  - name: web1 # over two lines
    slot: bp1/2
    carrier: pi4
    console: { baud: 9600 }
  - { name: web2, slot: bp1/3, carrier: pi4, console: { port: usb-3 } }
`;

describe("shack.yaml", () => {
  const shack = parseShack(YAML, "shack.yaml");
  test("gets the port, and keeps every comment and every other line", () => {
    const [db1, web1] = shack.caddies;
    if (db1 === undefined || web1 === undefined) throw new Error("no caddies");
    const text = bindConsole(bindConsole(YAML, db1, "usb-0:1.2"), web1, "usb-9");
    const again = parseShack(text, "shack.yaml");
    expect(again.caddies.map(({ console }) => console.port)).toEqual([
      "usb-0:1.2",
      "usb-9",
      "usb-3",
    ]);
    expect(again.caddies[1]?.console.line.baudRate).toBe(9600);
    for (const comment of ["in the cellar", "top to bottom", "the loud one", "over two lines"]) {
      expect(text).toContain(comment);
    }
    const changed = text.split("\n").filter((line) => !YAML.split("\n").includes(line));
    expect(changed).toEqual([
      '  - { name: db1, slot: bp1/1, carrier: pi4, console: { port: "usb-0:1.2" } } # the loud one',
      '    console: { baud: 9600, port: "usb-9" }',
    ]);
  });

  test.each([
    ["a block without a console", "- name: db1\n    slot: bp1/1\n    carrier: pi4 # why\n"],
    ["one at the end of the file", "- name: db1\n    slot: bp1/1\n    carrier: pi4"],
    [
      "a block of blocks",
      "- name: db1\n    slot: bp1/1\n    carrier: pi4\n    power_on:\n      order: 1\n",
    ],
    [
      "a console block",
      "- name: db1\n    slot: bp1/1\n    carrier: pi4\n    console:\n      baud: 9600\n",
    ],
    ["a port to replace", "- { name: db1, slot: bp1/1, carrier: pi4, console: { port: old } }\n"],
    [
      "a flow over lines",
      "- { name: db1, slot: bp1/1, # here\n      carrier: pi4, # there\n    }\n",
    ],
  ])("%s", (_name, item) => {
    const yaml = YAML.replace(/caddies:[\s\S]*/, `caddies:\n  ${item}`);
    const [caddy] = parseShack(yaml, "shack.yaml").caddies;
    if (caddy === undefined) throw new Error("no caddy");
    const text = bindConsole(yaml, caddy, "usb-7");
    expect(parseShack(text, "shack.yaml").caddies[0]?.console.port).toBe("usb-7");
    const kept = yaml
      .replace("port: old", "")
      .split(/\s+/)
      .filter((word) => word !== "");
    for (const word of kept) expect(text).toContain(word);
  });

  test("a slot that is not listed is an error that says so", () => {
    const slot = { name: "bp2-1", backplane: "bp2", slot: 1 };
    expect(() => bindConsole(YAML, slot, "usb-1")).toThrow(/bp2\/1 is not listed in caddies: add/);
  });
});

describe("the command", () => {
  const ports = new TestPorts();
  let run: TestHostd;
  beforeAll(async () => {
    run = await startTestHostd({ yaml: YAML, serialPorts: ports });
    // A caddy's adapter is on the hub while it has power, and speaks when it boots.
    run.bp1.script = (slot, _kind, verb) => {
      const on = verb === "on";
      if (slot === 1 && on) ports.plug("usb-1");
      if (slot === 1 && !on) ports.pull("usb-1");
      const state = on ? { power: "on", pgood: true } : { power: "off", pgood: false };
      return [{ result: "done", state }];
    };
    ports.plug("usb-3");
    ports.plug("chatter");
  });
  afterAll(() => run.close());
  const map = (...more: string[]) => cli(["console", "map", ...more], { dataDir: run.dataDir });

  test("binds what it finds, at once and in the file, and leaves power as it was", async () => {
    const { code, out } = await map("--only", "db1");
    expect([code, out]).toEqual([0, "db1  usb-1  appeared"]);
    expect(readFileSync(run.hostd.configFile, "utf8")).toMatch(
      /console: { port: "usb-1" } } # the loud/,
    );
    expect(run.bp1.states[0]?.power).toBe("off");
    // It has its port, although the port is gone with the power.
    const again = await map("--only", "db1");
    expect([again.code, again.out]).toEqual([0, "every caddy that is there has its port"]);
    ports.plug("usb-1");
    await vi.waitFor(() => ports.line("usb-1"));
    const { out: list } = await cli(["console", "--list"], { dataDir: run.dataDir });
    expect(list).toMatch(/^db1 .* open/m);
  }, 20_000);

  test("a caddy that is on is not touched without --yes", async () => {
    await run.bp1.change(2, { power: "on", pgood: true });
    await vi.waitFor(async () => {
      const { out } = await cli(["status", "--json"], { dataDir: run.dataDir });
      expect(out).toMatch(/"name": "web1",[^}]*"power": "on"/);
    });
    const commands = run.bp1.commands.length;
    const { code, err } = await map("--only", "web1");
    expect([code, err]).toEqual([2, expect.stringContaining("would be power-cycled: web1")]);
    expect(run.bp1.commands.length).toBe(commands);
  });

  test("a port of another caddy cannot be taken", async () => {
    const url = `${run.hostd.urls.http}api/v1/caddies/web1/console/port`;
    const authorization = `Basic ${Buffer.from(`admin:${run.password}`).toString("base64")}`;
    const put = (port: unknown) =>
      fetch(url, {
        method: "PUT",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ port }),
      });
    expect((await put("usb-3")).status).toBe(409);
    expect((await put("../tty")).status).toBe(400);
    expect((await put(7)).status).toBe(400);
  });
});
