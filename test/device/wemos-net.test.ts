// The Wemos's board on Linux: current sensors, Wi-Fi, the stream, watchdog, LED, log.

import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildBoard } from "./wemos/build.ts";
import { CHIP_RESET, Chip, CONFIG, STORE_SOURCES } from "./wemos/session.ts";

const START = ["preinit", "setup"];
const ONLINE = [...START, "wifi up", "idle 10 0"];

let program: string;
let chip: Chip;
beforeAll(async () => {
  program = await buildBoard({ name: "wemos-parts", sources: STORE_SOURCES, stub: true });
});
beforeEach(() => {
  chip = new Chip();
});
afterEach(() => chip.remove());

const run = (...commands: string[]) => chip.run(program, CHIP_RESET.pin, commands);
/** Answers of calls, without the times that `idle` prints. */
const answers = (...commands: string[]) =>
  run(...commands).answers.filter((line) => !line.endsWith(" us"));
/** Microseconds worked in each `idle`. */
const times = (...commands: string[]) =>
  run(...commands)
    .answers.filter((line) => line.endsWith(" us"))
    .map((line) => Number.parseInt(line, 10));

describe("INA3221", () => {
  test("is told: three channels, mean of 16, 1.1 ms each, shunts only", () => {
    expect(run(...START, "loops 200").events("i2c 0x40")).toEqual(["i2c 0x40 reg 0x0 = 0x7525"]);
  });

  /** Register as on the wire, mA: TI SBOS576B, 40 uV in bits 15 to 3, 10 mOhm. */
  test.each([
    ["0000", 0],
    ["0008", 4],
    ["0007", 0],
    ["1770", 3000],
    ["7ff8", 16380],
    ["fff8", 0],
    ["8000", 0],
  ])("0x%s reads as %i mA", (raw, ma) => {
    expect(answers(...START, `shunt 0 1 ${raw}`, "loops 200", "figure 2")).toEqual([String(ma)]);
  });

  test("slots 1 to 3 are one chip's, slot 4 the next one's; there is no slot 0 or 5", () => {
    const chips = [
      "shunt 0 0 0010",
      "shunt 0 1 0018",
      "shunt 0 2 0020",
      "chip 1 1",
      "shunt 1 0 28",
    ];
    const asked = [1, 2, 3, 4, 5].map((slot) => `figure ${slot}`);
    expect(answers(...START, ...chips, "loops 2000", ...asked)).toEqual([
      "8",
      "12",
      "16",
      "20",
      "-1",
    ]);
  });

  test("nothing is known before the first reading, without a chip, or of another one", () => {
    expect(answers(...START, "figure 1")).toEqual(["-1"]);
    expect(answers("chip 0 0", ...START, "loops 3000", "figure 1")).toEqual(["-1"]);
    expect(answers("maker 0 1234", ...START, "loops 3000", "figure 1")).toEqual(["-1"]);
  });

  test("a chip that goes and comes back", () => {
    const gone = ["shunt 0 0 0010", "loops 200", "figure 1", "chip 0 0", "loops 100", "figure 1"];
    const back = ["chip 0 1", "shunt 0 0 0018", "loops 2000", "figure 1"];
    expect(answers(...START, ...gone, ...back)).toEqual(["8", "-1", "12"]);
  });

  test.each(["ok", "scl-low", "sda-low"])(
    "no pass takes a millisecond with the bus %s",
    (wires) => {
      const passes = Array.from({ length: 300 }, () => ["idle 0 0", "spend-us 10000"]).flat();
      const worked = times(...START, "loops 100", `bus ${wires}`, ...passes);
      expect(worked).toHaveLength(300);
      expect(Math.max(...worked)).toBeLessThan(1000);
    },
  );

  test("SDA held by a chip that was cut off in mid-read is clocked free", () => {
    expect(run("bus sda-low", ...START, "loops 100").events("i2c free").length).toBeGreaterThan(0);
  });
});

describe("Wi-Fi", () => {
  test("nothing is kept by the SDK, the radio does not sleep, the network is ours", () => {
    expect(run(...START).events("wifi")).toEqual([
      "wifi persistent 0",
      "wifi mode 1",
      "wifi sleep 0",
      "wifi reconnect 1",
      "wifi host shack1-bp1",
      "wifi disconnect",
      "wifi begin rack open sesame",
    ]);
  });

  test("starts over every 20 s while there is none, and not while there is", () => {
    const begins = (...commands: string[]) => run(...commands).events("wifi begin").length;
    expect(begins(...START, "loops 65000")).toBe(4);
    expect(begins(...ONLINE, "loops 65000")).toBe(1);
    expect(begins(...ONLINE, "loops 30000", "wifi down", "loops 19000")).toBe(1);
    expect(begins(...ONLINE, "loops 30000", "wifi down", "loops 25000")).toBe(2);
  });

  test("without a configured network it only waits for Improv", () => {
    const { wifi: _, ...config } = CONFIG;
    const plain = new Chip(config);
    try {
      const life = plain.run(program, CHIP_RESET.pin, [...START, "loops 30000"]);
      expect(life.events("wifi begin")).toEqual([]);
      expect(life.serial.toString()).toContain("W wifi: no network is configured\n");
    } finally {
      plain.remove();
    }
  });
});

describe("the stream", () => {
  const open = [...ONLINE, "dns known", "open broker.lan 1883"];
  const connected = [...open, "tcp-connected", "idle 0 0"];

  test("is refused without Wi-Fi", () => {
    const life = run(...START, "open broker.lan 1883");
    expect(life.answers).toEqual(["-1"]);
    expect(life.events("dns", "tcp")).toEqual([]);
  });

  test("resolves, connects without Nagle, and takes bytes only then", () => {
    const life = run(
      ...ONLINE,
      "open broker.lan 1883",
      "transmit 01",
      "dns-answer known",
      "idle 0 0",
      "transmit 02",
      "tcp-connected",
      "idle 0 0",
      "transmit 0304",
    );
    expect(life.answers.filter((line) => !line.endsWith(" us"))).toEqual(["0", "0", "0", "2"]);
    expect(life.events("dns", "tcp")).toEqual([
      "dns broker.lan",
      "tcp connect 1883 nodelay 1",
      "tcp 0304",
    ]);
  });

  test.each([
    ["a name that nobody knows", ["open x 1", "dns-answer unknown", "idle 0 0"]],
    ["a resolver that cannot be asked", ["dns broken", "open x 1"]],
    ["a connection that is refused", ["dns known", "open x 1", "tcp-reset", "idle 0 0"]],
  ])("%s counts as an attempt: 0 from open, then -1", (_name, commands) => {
    expect(answers(...ONLINE, ...commands, "transmit 01")).toEqual(["0", "-1"]);
    expect(answers(...ONLINE, ...commands, "receive 9")).toEqual(["0", "-1"]);
  });

  test("an answer of the resolver for an earlier opening changes nothing", () => {
    const life = run(...ONLINE, "open a 1", "close", "dns-answer known", "idle 0 0", "tcp-state");
    expect(life.answers.at(-1)).toBe("used 0 window 0 pbufs 0");
    const again = run(...ONLINE, "open a 1", "dns-answer known", "open b 2", "idle 0 0");
    expect(again.events("tcp connect")).toEqual(["tcp connect 2 nodelay 1"]);
  });

  test("what came stays until it is read, and the window opens only by what was read", () => {
    const life = run(
      ...connected,
      "tcp-data 010203",
      "tcp-data 0405",
      "tcp-state",
      "receive 4",
      "tcp-state",
      "receive 9",
      "receive 9",
      "tcp-state",
    );
    expect(life.answers.slice(-6)).toEqual([
      "used 1 window 5 pbufs 2",
      "4 01020304",
      "used 1 window 1 pbufs 1",
      "1 05",
      "0",
      "used 1 window 0 pbufs 0",
    ]);
  });

  test("a full or poor sender takes less, and later more", () => {
    const send = ["tcp-room 2", "transmit 010203", "transmit 03", "tcp-room 9", "transmit 03"];
    expect(answers(...connected, ...send).slice(1)).toEqual(["2", "0", "1"]);
    const poor = ["tcp-write -1", "transmit 01", "tcp-write 0", "transmit 01"];
    expect(answers(...connected, ...poor).slice(1)).toEqual(["0", "1"]);
    expect(answers(...connected, "tcp-write -11", "transmit 01").slice(1)).toEqual(["-1"]);
  });

  test.each(["tcp-end", "tcp-reset"])(
    "%s half-way: the last bytes are read before the end",
    (end) => {
      const life = run(
        ...connected,
        "tcp-data 0102",
        end,
        "idle 0 0",
        "receive 1",
        "receive 9",
        "receive 9",
        "tcp-state",
      );
      const last = life.answers.filter((line) => !line.endsWith(" us")).slice(-4);
      expect(last).toEqual(["1 01", "1 02", "-1", "used 0 window 0 pbufs 0"].map(unread(end)));
    },
  );

  test("ends with the Wi-Fi, and opens again when it is back", () => {
    const life = run(
      ...connected,
      "wifi down",
      "idle 10 0",
      "transmit 01",
      "receive 9",
      "open broker.lan 1883",
      "wifi up",
      "idle 10 0",
      "open broker.lan 1883",
      "tcp-connected",
      "idle 0 0",
      "transmit 0708",
    );
    const last = life.answers.filter((line) => !line.endsWith(" us")).slice(1);
    expect(last).toEqual(["-1", "-1", "-1", "0", "2"]);
    expect(life.events("tcp abort")).toHaveLength(1);
  });

  test("a close forgets what was not read; a new opening takes the place of the old", () => {
    expect(run(...connected, "tcp-data 01", "close", "tcp-state").answers.at(-1)).toBe(
      "used 0 window 1 pbufs 0",
    );
    expect(run(...connected, "open other 1").events("tcp abort")).toHaveLength(1);
  });

  test("a configuration that wants TLS is never served in clear", () => {
    const strict = new Chip({ ...CONFIG, tls: true });
    try {
      const life = strict.run(program, CHIP_RESET.pin, open);
      expect(life.answers.at(-1)).toBe("-1");
      expect(life.events("dns", "tcp")).toEqual([]);
      expect(life.serial.toString()).toContain("E the configuration wants TLS");
    } finally {
      strict.remove();
    }
  });
});

/** A window that a reset took along is nobody's any more. */
function unread(end: string) {
  return (line: string) => (end === "tcp-reset" ? line.replace("window 0", "window 2") : line);
}

describe("a pass", () => {
  test("waits as long as it is asked to, and ends early when there is something to read", () => {
    expect(times(...START, "idle 10 0")[0]).toBeGreaterThanOrEqual(9000);
    const open = [...ONLINE, "dns known", "open b 1", "tcp-connected", "idle 0 0", "tcp-data 01"];
    expect(times(...open, "idle 50 1").at(-1)).toBeLessThan(2000);
  });

  test("feeds the watchdog, which ends a call that never comes back", () => {
    expect(run(...START, "loops 60000").events("watchdog")).toEqual([]);
    const life = chip.run(program, CHIP_RESET.pin, [...START, "spend-us 3300000"], 3);
    expect(life.events("watchdog")).toEqual(["watchdog"]);
  });

  test("millis() is the board's clock", () => {
    expect(answers(...START, "now", "idle 10 0", "now")).toEqual(["250", "260"]);
  });

  const flashes = (...commands: string[]) =>
    run(...commands, "loops 3700").events("pin 2 0").length;

  test("the LED: on when linked, else slow without broker, quick without Wi-Fi", () => {
    expect(run(...START, "idle 10 1").events("pin 2")).toEqual(["pin 2 0"]);
    expect(flashes(...START)).toBeGreaterThanOrEqual(14);
    expect(flashes("wifi up", ...START, "wifi up")).toBe(4);
  });

  test("the LED without a configuration: two flashes every two seconds", () => {
    const bare = new Chip(null);
    try {
      const life = bare.run(program, CHIP_RESET.pin, [...START, "loops 3700"]);
      expect(life.events("pin 2 0")).toHaveLength(3);
      expect(life.events("wifi host")).toEqual(["wifi host wemos-d1-mini"]);
    } finally {
      bare.remove();
    }
  });
});

describe("the log", () => {
  test("lines with their level; what is not printable becomes a dot", () => {
    const life = run("setup", "log 0 debug", "log 3 worst\u001b[2J\u007f", "idle 10 0");
    expect(life.serial.toString("latin1").split("\n").slice(1)).toEqual([
      "D debug",
      "E worst.[2J.",
      "",
    ]);
  });

  test("never waits for the port: lines that do not fit are dropped whole and counted", () => {
    const many = Array.from({ length: 12 }, (_, i) => `log 1 ${String(i).padEnd(100, "x")}`);
    const life = run("setup", "tx-room 0", ...many, "tx-room 64", "loops 200");
    const lines = life.serial.toString().trim().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[3]?.startsWith("I 3x")).toBe(true);
    expect(lines[4]).toBe("W 8 lines lost");
  });

  test("a line of any length is cut", () => {
    const line = run("setup", `log 1 ${"y".repeat(900)}`, "loops 100")
      .serial.toString()
      .trim();
    expect(line).toBe(`I ${"y".repeat(160)}`);
  });

  test("what the core does not bear ends the driver", () => {
    expect(() => run("nonsense")).toThrow("misuse: unknown command");
    expect(() => run("shift 0 00")).toThrow("misuse: SPI before it was set up");
  });
});
