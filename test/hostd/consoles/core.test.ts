import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Expecter,
  parseExpectation,
  WINDOW_CHARACTERS,
} from "../../../hostd/consoles/core/expect.ts";
import { Ring } from "../../../hostd/consoles/core/ring.ts";
import { isOops, nextStage, type Stage, stageOf } from "../../../hostd/consoles/core/stages.ts";

test("the ring keeps the newest bytes under their offsets, however they come", () => {
  fc.assert(
    fc.property(
      fc.nat(100_000),
      fc.integer({ min: 1, max: 20_000 }),
      fc.array(fc.nat(9000), { maxLength: 12 }),
      (start, sizeMax, lengths) => {
        const ring = new Ring(start, sizeMax);
        let all = Buffer.alloc(0);
        for (const length of lengths) {
          const bytes = Buffer.from(Array.from({ length }, (_, i) => (all.length + i) % 251));
          ring.append(bytes);
          all = Buffer.concat([all, bytes]);
        }
        expect(ring.end).toBe(start + all.length);
        expect(ring.end - ring.first).toBe(Math.min(all.length, sizeMax));
        const parts: Buffer[] = [];
        for (let at = ring.first; at < ring.end; ) {
          const part = ring.read(at, 3000);
          parts.push(Buffer.from(part));
          at += part.length;
        }
        const kept = Buffer.concat(parts);
        expect(kept.equals(all.subarray(all.length - kept.length))).toBe(true);
        expect(kept.length).toBe(ring.end - ring.first);
        expect(ring.read(ring.first - 1, 1).length + ring.read(ring.end, 1).length).toBe(0);
      },
    ),
  );
});

describe("expectations", () => {
  const seen = (wanted: string, ...pieces: string[]) => {
    const expecter = new Expecter(parseExpectation(wanted));
    return pieces.map((piece) => expecter.take(Buffer.from(piece)));
  };
  test.each([
    ["a text over two pieces", "login:", ["log", "in: "], [null, "login:"]],
    ["escape sequences do not count", "login:", ["lo\x1b[1mgin:"], ["login:"]],
    ["a regular expression", "/^db\\d login:/", ["boot\ndb1 ", "login:"], [null, "db1 login:"]],
    ["upper and lower case", "/LOGIN/i", ["login"], ["login"]],
  ])("%s", (_name, wanted, pieces, expected) => {
    expect(seen(wanted, ...pieces)).toEqual(expected);
  });

  test("remember a bounded piece", () => {
    const expecter = new Expecter(parseExpectation("never"));
    expecter.take(Buffer.from("x".repeat(3 * WINDOW_CHARACTERS)));
    expect(expecter.seen.length).toBe(WINDOW_CHARACTERS);
  });

  test.each(["", "/(/", "x".repeat(1025)])("that cannot be are refused: %.10s", (wanted) => {
    expect(() => parseExpectation(wanted)).toThrow(/^expect /);
  });
});

describe("stages", () => {
  const boot = (...lines: string[]) =>
    lines.reduce<Stage>((stage, line) => nextStage(stage, line), "off");

  test.each<[string, Stage]>([
    ["RPi: BOOTLOADER release VERSION:8ba17717 DATE: 2023/01/11 TIME: 17:40:52", "bootloader"],
    ["[    8.120000] procd: - early -", "userspace"],
    ["Please press Enter to activate this console.", "login"],
    ["  3.99 RPi: BOOTLOADER release VERSION:26826259 DATE: 2024/09/23 TIME: 14:02", "bootloader"],
    ["Boot mode: NETWORK (02) order f", "firmware-netboot"],
    ["NET_BOOT: dc:a6:32:00:00:01 wait for link TFTP: 0.0.0.0", "firmware-netboot"],
    ["[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]", "kernel"],
    ["Begin: Running /scripts/nfs-premount ... done.", "initramfs"],
    ["systemd[1]: Hostname set to <db1>.", "userspace"],
    ["db1 login: ", "login"],
    ["[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs", "panic"],
  ])("%s", (line, stage) => {
    expect(stageOf(line)).toBe(stage);
  });

  test("go forward within a boot, and begin anew with the next", () => {
    const linux = "[    0.000000] Booting Linux on physical CPU 0x0";
    expect(boot(linux, "db1 login:", "systemd[1]: Started x")).toBe("login");
    expect(boot(linux, "db1 login:", linux)).toBe("kernel");
    expect(boot(linux, "Kernel panic - not syncing: x", "systemd[1]: y")).toBe("panic");
    expect(boot("Kernel panic - not syncing: x", "RPi: BOOTLOADER release")).toBe("bootloader");
    expect(boot("hello", "world")).toBe("off");
  });

  test("an oops is told from a panic", () => {
    expect(isOops("Internal error: Oops: 96000005 [#1] SMP")).toBe(true);
    expect(isOops("all is well")).toBe(false);
  });
});
