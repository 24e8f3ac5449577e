// The consoles of a whole rack in virtual time: what a program on the USB side hears and types, and
// what of it the wires show.

import { describe, expect, test } from "vitest";
import { nextStage, type Stage } from "../../../hostd/consoles/core/stages.ts";
import { CARRIERS, parseShack } from "../../../hostd/model/shack.ts";
import { CARRIER_FRAMING, type Framing } from "../../../sim/parts/uart-frame.ts";
import { bytesOf, WRITTEN_BYTES_MAX } from "../../../sim/parts/usb-serial.ts";
import type { VirtualRackOptions } from "../../../sim/rack/virtual-rack.ts";
import { Bench } from "./real-rack.ts";

const FIRST_BYTES_MS = 300;
const BOOTED_MS = 20_000;

/** A rack whose db1 is on, and a program that has opened its port. */
function opened(options: Partial<VirtualRackOptions> = {}, settings: Partial<Framing> = {}) {
  const bench = new Bench(options).online();
  const usb = bench.control.usbSerial("db1");
  bench.power("bp1/1", "on");
  bench.rack.runUntil(() => usb.attached, 5000, "its port");
  let text = "";
  let gone = 0;
  const open = () =>
    usb.open(
      { ...CARRIER_FRAMING, ...settings },
      {
        data: (bytes) => {
          text += Buffer.from(bytes).toString("latin1");
        },
        gone: () => gone++,
      },
    );
  const tap = open();
  const type = (keys: string, ms = 500) => {
    tap.write(bytesOf(keys));
    bench.run(ms);
  };
  /** What came since it was last asked. */
  const heard = () => {
    const since = text;
    text = "";
    return since;
  };
  const phase = () => bench.control.truth("db1").phase;
  const alive = () => {
    const levels = new Set<number>();
    for (let i = 0; i < 30; i++) {
      bench.run(100);
      levels.add(bench.control.truth("db1").alive ? 1 : 0);
    }
    return levels.size === 2;
  };
  return { bench, usb, tap, open, type, heard, gone: () => gone, phase, alive };
}

function caddyOf(kind: string, i: number): string {
  return `  - { name: ${kind}-x, slot: bp${i < 4 ? 1 : 2}/${(i % 4) + 1}, carrier: ${kind} }`;
}
const KINDS = parseShack(
  `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 60 } }
backplanes: [ { id: bp1, slots: 4 }, { id: bp2, slots: 3 } ]
caddies:
${CARRIERS.map(caddyOf).join("\n")}
`,
  "kinds.yaml",
);

test("every kind boots to a shell with its caddy's name, through stages that hostd knows", () => {
  const bench = new Bench({ shack: KINDS }).online();
  const found = new Map<string, Stage[]>();
  const taps = new Map<string, { write(bytes: Uint8Array): void }>();
  const text = new Map<string, string>();
  for (const name of bench.control.names) {
    bench.power(bench.control.edges(name).address, "on");
    const usb = bench.control.usbSerial(name);
    bench.rack.runUntil(() => usb.attached, 10_000, `the port of ${name}`);
    const data = (bytes: Uint8Array) => {
      text.set(name, (text.get(name) ?? "") + Buffer.from(bytes).toString("latin1"));
    };
    taps.set(name, usb.open(CARRIER_FRAMING, { data, gone: () => {} }));
  }
  bench.run(BOOTED_MS);
  for (const name of bench.control.names) {
    let stage: Stage = "off";
    for (const line of (text.get(name) ?? "").split(/\r?\n/)) {
      const next = nextStage(stage, line);
      if (next !== stage) found.set(name, [...(found.get(name) ?? []), next]);
      stage = next;
    }
    taps.get(name)?.write(bytesOf(/login: $/.test(text.get(name) ?? "") ? "root\r" : "\r"));
    bench.run(500);
    taps.get(name)?.write(bytesOf("hostname\r"));
    bench.run(500);
    expect(text.get(name), name).toMatch(new RegExp(`hostname\r\n${name}\r\nroot@${name}:.*# $`));
  }
  const full = ["bootloader", "kernel", "initramfs", "userspace", "login"];
  for (const kind of ["pi3", "pi4", "pi5", "cm4", "hc1"]) {
    expect(found.get(`${kind}-x`), kind).toEqual(full);
  }
  for (const kind of ["switch", "router"]) {
    expect(found.get(`${kind}-x`), kind).toEqual(["bootloader", "kernel", "userspace", "login"]);
  }
});

test("a power cycle in the middle of output: the rest never comes, the port goes and comes", () => {
  const { bench, usb, heard, gone, open } = opened();
  bench.run(BOOTED_MS);
  heard();
  bench.power("bp1/1", "off");
  bench.until("bp1/1", { power: "off" });
  expect([usb.attached, gone()]).toEqual([false, 1]);
  expect(() => open()).toThrow("not on the hub");
  bench.run(6000);
  bench.power("bp1/1", "on");
  bench.rack.runUntil(() => usb.attached, 5000, "its port");
  const again = open();
  bench.run(1150);
  const start = heard();
  expect(start).toContain("RPi: BOOTLOADER");
  // Off in the middle of a line.
  bench.power("bp1/1", "off");
  bench.run(10_000);
  const all = start + heard();
  expect(all).not.toContain("Booting Linux");
  again.write(bytesOf("root\r"));
  bench.run(1000);
  expect(heard()).toBe("");
  const uart = bench.control.uart("db1").join("\r\n");
  expect(uart.endsWith(all.replace(/\r\n$/, ""))).toBe(true);
});

describe("what is typed acts on the machine", () => {
  test("reboot: the heart stops, it boots anew, its power never moves", () => {
    const { bench, type, heard, phase, alive } = opened();
    bench.run(BOOTED_MS);
    expect(alive()).toBe(true);
    type("root\r");
    type("reboot\r");
    expect(phase()).toBe("halting");
    expect(heard()).toContain("# reboot\r\n");
    bench.rack.runUntil(() => phase() === "rom", 10_000, "its boot");
    expect(alive()).toBe(false);
    bench.run(BOOTED_MS);
    expect(heard()).toMatch(
      /Reached target reboot.target.*reboot: Restarting.*BOOTLOADER.*login: $/s,
    );
    expect([phase(), alive(), bench.edgeCount("db1")]).toEqual(["running", true, 1]);
  });

  test("poweroff: it halts with its power on, and shutdown finds it halted", () => {
    const { bench, type, heard, phase, alive } = opened();
    bench.run(BOOTED_MS);
    type("root\r");
    type("poweroff\r", 12_000);
    expect(heard()).toMatch(/reboot: Power down\r\n$/);
    expect([phase(), alive(), bench.edgeCount("db1")]).toEqual(["halted", false, 1]);
    type("echo anybody\r", 1000);
    expect(heard()).toBe("");
    bench.power("bp1/1", "shutdown s1");
    bench.until("bp1/1", { power: "off" }, 10_000);
    bench.run(10);
    expect(bench.acks("bp1/1").at(-1)).toMatchObject({ id: "s1", result: "done", reason: null });
    expect(bench.edgeCount("db1")).toBe(2);
  });

  test("a panic is told whole, stops the heart and takes nothing but SysRq", () => {
    const { bench, tap, type, heard, phase, alive } = opened();
    bench.run(BOOTED_MS);
    type("root\r");
    type("echo c > /proc/sysrq-trigger\r", 1000);
    const panic = heard();
    expect(panic).toMatch(/Kernel panic - not syncing: .*Call trace:.*---\[ end Kernel panic/s);
    expect([phase(), alive()]).toEqual(["panic", false]);
    type("\r\rhello\r");
    expect(heard()).toBe("");
    tap.setBreak(true);
    type("b");
    expect(phase()).toBe("rom");
    bench.run(BOOTED_MS);
    expect([phase(), alive(), bench.edgeCount("db1")]).toEqual(["running", true, 1]);
  });
});

describe("Magic SysRq", () => {
  test.each([
    ["h", "sysrq: HELP", "running"],
    ["?", "sysrq: HELP", "running"],
    ["s", "Emergency Sync complete", "running"],
    ["8", "Loglevel set to 8", "running"],
    ["o", "reboot: Power down", "halted"],
    ["c", "Kernel panic", "panic"],
    ["b", "sysrq: Resetting", "rom"],
  ])("break and %s", (key, said, after) => {
    const { bench, tap, type, heard, phase } = opened();
    bench.run(BOOTED_MS);
    heard();
    tap.setBreak(true);
    bench.run(300);
    tap.setBreak(false);
    type(key, 200);
    expect(heard()).toContain(said);
    expect(phase()).toBe(after);
  });

  test("the key counts for 5 s; without a break, or for a boot loader, it is only a key", () => {
    const { bench, tap, type, heard, phase } = opened();
    bench.run(1500);
    tap.setBreak(true);
    type("b", 10);
    expect(phase()).toBe("firmware");
    bench.run(BOOTED_MS);
    heard();
    tap.setBreak(true);
    bench.run(5100);
    type("b");
    expect(heard()).toBe("b");
    expect(phase()).toBe("running");
  });

  test("in the middle of a boot the kernel answers at once", () => {
    const { bench, tap, type, heard, phase } = opened();
    bench.rack.runUntil(() => phase() === "userspace", 20_000, "user space");
    bench.run(500);
    heard();
    tap.setBreak(true);
    type("h", 50);
    expect(heard()).toContain("sysrq: HELP");
    bench.run(BOOTED_MS);
    expect(heard()).toMatch(/Reached target multi-user.*login: $/s);
  });
});

test("a hung machine says nothing and hears nothing", () => {
  const { bench, tap, type, heard } = opened();
  bench.run(FIRST_BYTES_MS + 3000);
  bench.control.hang("db1");
  bench.run(100);
  heard();
  tap.setBreak(true);
  type("b", BOOTED_MS);
  expect(heard()).toBe("");
});

test("at the wrong speed both sides read rubbish; set right, all is well", () => {
  const { bench, tap, type, heard } = opened({}, { baudRate: 9600 });
  bench.run(BOOTED_MS);
  const rubbish = heard();
  expect(rubbish.length).toBeGreaterThan(100);
  expect(rubbish).not.toMatch(/login|Linux|RPi/);
  type("root\r", 1000);
  tap.use(CARRIER_FRAMING);
  heard();
  type("\x03", 100);
  type("root\r");
  expect(heard()).toContain("root@db1:~# ");
});

test("bytes to it take their time as well, and too many at once are lost", () => {
  const { bench, usb, tap, heard } = opened();
  bench.run(BOOTED_MS);
  heard();
  let sentAtMs = 0;
  const startMs = bench.rack.nowMs;
  tap.write(bytesOf("x".repeat(1152)), () => {
    sentAtMs = bench.rack.nowMs;
  });
  bench.run(2000);
  expect(sentAtMs - startMs).toBeGreaterThanOrEqual(100);
  expect(sentAtMs - startMs).toBeLessThan(160);
  expect(heard()).toBe("x".repeat(1152));
  let done = 0;
  for (let i = 0; i < 3; i++) tap.write(new Uint8Array(WRITTEN_BYTES_MAX), () => done++);
  bench.run(15_000);
  expect(done).toBe(3);
  expect(usb.attached).toBe(true);
});

test("two programs hear the same, and either may type", () => {
  const { bench, usb, tap, heard } = opened();
  let second = "";
  const data = (bytes: Uint8Array) => {
    second += Buffer.from(bytes).toString("latin1");
  };
  const other = usb.open(CARRIER_FRAMING, { data, gone: () => {} });
  bench.run(BOOTED_MS);
  tap.write(bytesOf("root\r"));
  bench.run(500);
  other.write(bytesOf("whoami\r"));
  bench.run(500);
  other.close();
  const first = heard();
  expect(first.endsWith(second)).toBe(true);
  expect(second).toMatch(/whoami\r\nroot\r\n/);
  tap.write(bytesOf("date\r"));
  bench.run(500);
  expect(heard()).toContain("UTC 2026");
  expect(second).not.toContain("date");
});

test("the same seed says the same bytes, and listening changes nothing of the rack", () => {
  const run = (listen: boolean) => {
    const bench = new Bench().online();
    const usb = bench.control.usbSerial("db1");
    bench.power("bp1/1", "on");
    bench.rack.runUntil(() => usb.attached, 5000, "its port");
    if (listen) usb.open(CARRIER_FRAMING, { data: () => {}, gone: () => {} });
    bench.run(BOOTED_MS);
    bench.power("bp1/1", "off");
    bench.run(1000);
    return [bench.control.uart("db1"), bench.control.serial("db1"), bench.state("bp1/1")];
  };
  expect(run(true)).toEqual(run(false));
});
