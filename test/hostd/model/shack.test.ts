import { expect, test } from "vitest";
import { defaultShackYaml, parseShack, places, ShackError } from "../../../hostd/model/shack.ts";

const HEAD = "version: 1\nshack: { name: s1, supply: { volts: 5, amps: 30 } }\n";
const BACKPLANES = "backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 4 } ]\n";

/** The problems of a file as `line:column: message`. */
function problems(text: string): string[] {
  try {
    parseShack(text, "shack.yaml");
    return [];
  } catch (error) {
    if (!(error instanceof ShackError)) throw error;
    return error.message.split("\n").map((line) => line.replace("shack.yaml:", ""));
  }
}

test("the default shack is valid and has 13 caddies that fit their budgets", () => {
  const shack = parseShack(defaultShackYaml, "default");
  expect(shack.backplanes.map(({ slots }) => slots)).toEqual([3, 3, 3, 4]);
  expect(shack.caddies).toHaveLength(13);
  const total = shack.backplanes.reduce((sum, { budgetMa }) => sum + budgetMa, 0);
  expect(total).toBeLessThanOrEqual(shack.supply.amps * 1000);
  for (const { id, budgetMa } of shack.backplanes) {
    const limits = shack.caddies.filter((c) => c.backplane === id).map((c) => c.limitMa);
    expect(limits.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(budgetMa);
  }
});

test("the example of the design is accepted, later sections included", () => {
  const shack = parseShack(
    `version: 1
shack: { name: shack1, broker: embedded, supply: { volts: 5.1, amps: 60 } }
backplanes:
  - { id: bp1, slots: 3 }
  - { id: bp4, slots: 4 }
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4, serial: "10000000abcdef01", mac: "DC:a6:32:00:00:01",
      power: on, os: debian-12, networks: { native: lab },
      power_on: { order: 1, delay_ms: 2000, restore: last } }
os: { library: /srv/caddyshack }
networks: [ { name: lab, vid: 10 }, { name: mgmt, vid: 1 } ]
switches: [ { id: sw1, driver: sim, ports: [ { id: p1, caddy: db1 },
  { id: p5, role: uplink, protected: true } ] } ]
`,
    "shack.yaml",
  );
  expect(shack.caddies[0]).toEqual({
    name: "db1",
    backplane: "bp1",
    slot: 1,
    carrier: "pi4",
    serial: "10000000abcdef01",
    mac: "dc:a6:32:00:00:01",
    power: "on",
    os: "debian-12",
    networks: { native: "lab", tagged: [] },
    powerOn: { order: 1, delayMs: 2000, restore: "last", insert: "last" },
    offMs: 5000,
    shutdownTimeoutMs: 60_000,
    limitMa: 3000,
    console: {
      port: null,
      line: { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 },
    },
  });
  expect(shack.switches[0]?.ports[1]).toEqual({ id: "p5", role: "uplink", protected: true });
});

test("budgets share what is left, phases interleave", () => {
  const yaml = `${HEAD}backplanes:
  - { id: a, slots: 3, budget_mA: 10000 }
  - { id: b, slots: 1 }
  - { id: c, slots: 4, stagger_ms: 800 }
`;
  const { backplanes } = parseShack(yaml, "f");
  expect(backplanes.map((b) => b.budgetMa)).toEqual([10_000, 4000, 16_000]);
  expect(backplanes.map((b) => b.phaseMs)).toEqual([0, 800, 1600]);
  expect(backplanes.map((b) => b.coldPeriodMs)).toEqual([2400, 2400, 2400]);
});

test("empty slots are called after their address", () => {
  const yaml = `${HEAD}backplanes: [ { id: bp1, slots: 2 } ]
caddies: [ { name: db1, slot: bp1/2, carrier: pi4 } ]\n`;
  const list = places(parseShack(yaml, "f"));
  expect(list.map((p) => [p.name, p.address])).toEqual([
    ["bp1-1", "bp1/1"],
    ["db1", "bp1/2"],
  ]);
});

const caddy = (text: string) => `${HEAD}${BACKPLANES}caddies:\n  - ${text}\n`;
const two = (first: string, second: string) => caddy(`${first}\n  - ${second}`);
const DB1 = "{ name: db1, slot: bp1/1, carrier: pi4 }";

test.each<[string, string, string[]]>([
  ["no YAML at all", "a: [", ["1:5: Flow sequence"]],
  ["an empty file", "", ["1:1: the file must be a mapping"]],
  [
    "a missing section",
    "version: 1\n",
    ["1:1: the file needs the key shack", "1:1: the file needs"],
  ],
  ["another version", `${HEAD.replace("1", "2")}${BACKPLANES}`, ["1:10: version must be a whole"]],
  [
    "a reserved shack name",
    HEAD.replace("s1", "services") + BACKPLANES,
    ["2:16: shack: name serv"],
  ],
  ["capitals", HEAD.replace("s1", "Shack") + BACKPLANES, ["2:16: shack: name must be 1 to 32"]],
  [
    "a password in the broker's URL",
    HEAD.replace("s1", "s1, broker: 'mqtt://a:b@example.org'") + BACKPLANES,
    ["2:28: shack: broker must be embedded"],
  ],
  [
    "an unknown key",
    caddy("{ name: db1, slot: bp1/1, carier: pi4 }"),
    [
      "5:5: caddy db1 needs the key carrier",
      '5:31: unknown key "carier" in a caddy: did you mean carrier?',
    ],
  ],
  [
    "an unknown carrier",
    caddy("{ slot: bp1/1, carrier: pi6 }"),
    ["5:29: a caddy: carrier must be"],
  ],
  [
    "a number where text belongs",
    caddy(`${DB1.slice(0, -2)}, serial: 1000 }`),
    ["5:53: caddy db1: "],
  ],
  [
    "an unknown backplane",
    caddy("{ slot: bp3/1, carrier: pi4 }"),
    ["5:13: caddy bp3-1: slot bp3/1: no"],
  ],
  [
    "a slot that is not there",
    caddy("{ slot: bp1/4, carrier: pi4 }"),
    ["5:13: caddy bp1-4: slot bp1/4: "],
  ],
  ["slot 0", caddy("{ slot: bp1/0, carrier: pi4 }"), ["5:13: a caddy: slot must be an address"]],
  ["two of a name", two(DB1, DB1.replace("/1", "/2")), ["6:13: name db1 is used twice"]],
  ["two in a slot", two(DB1, DB1.replace("db1", "db2")), ["6:24: slot bp1/1 is used twice"]],
  [
    "another slot's name",
    caddy(DB1.replace("db1", "bp2-1")),
    ["5:13: caddy bp2-1 at bp1/1 has the"],
  ],
  [
    "a name no slot has yet",
    caddy(DB1.replace("db1", "bp2-9")),
    ["5:13: caddy bp2-9 at bp1/1 has"],
  ],
  [
    "a backplane's name",
    caddy(DB1.replace("db1", "bp2")),
    ["5:13: caddy bp2 has the name of a back"],
  ],
  ["a reserved name", caddy(DB1.replace("db1", "all")), ["5:13: caddy name all is reserved"]],
  [
    "a limit above the budget",
    caddy(`${DB1.slice(0, -2)}, limit_mA: 20000 }`),
    ["5:55: caddy db1 may"],
  ],
  [
    "a network that is not there",
    caddy(`${DB1.slice(0, -2)}, networks: { native: x } }`),
    ["5:55: "],
  ],
  ["a key twice", `${HEAD}${BACKPLANES}version: 1\n`, ["4:1: Map keys must be unique"]],
  [
    "budgets above the supply",
    `${HEAD}backplanes: [ { id: a, slots: 1, budget_mA: 30001 } ]\n`,
    ["3:45: the budgets add up to 30001 mA, the supply gives 30000 mA"],
  ],
  [
    "a backplane named like a slot",
    `${HEAD}backplanes: [ { id: a, slots: 1 }, { id: a-1, slots: 1 } ]\n`,
    ["3:42: backplane a-1 has the name of slot a/1"],
  ],
  [
    "a bad policy",
    caddy(`${DB1.slice(0, -2)}, power_on: { restore: maybe } }`),
    ["5:66: caddy db1: "],
  ],
])("%s is refused with its place", (_name, yaml, expected) => {
  const found = problems(yaml);
  for (const [i, start] of expected.entries()) {
    expect(found[i]?.slice(0, start.length), found.join("\n")).toBe(start);
  }
});

test("all problems are reported at once, in the order of the file", () => {
  const found = problems(caddy("{ slot: bp9/1, carrier: x, what: 1 }").replace("s1", "S"));
  expect(found.map((line) => line.split(":").slice(0, 2).join(":"))).toEqual([
    "2:16",
    "5:29",
    "5:32",
  ]);
});
