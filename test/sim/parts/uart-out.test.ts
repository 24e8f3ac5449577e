import { expect, test } from "vitest";
import { CARRIER_FRAMING, type Framing, received } from "../../../sim/parts/uart-frame.ts";
import { BYTES_PER_MS, UartOut } from "../../../sim/parts/uart-out.ts";
import { bytesOf } from "../../../sim/parts/usb-serial.ts";
import { Scheduler } from "../../../sim/world/scheduler.ts";

function line() {
  const scheduler = new Scheduler();
  const uart = new UartOut(scheduler);
  const heard: string[] = [];
  const run = (ms: number) => scheduler.runTo(scheduler.nowMs + ms);
  const listen = () => uart.listen((text) => heard.push(text));
  return { scheduler, uart, heard, run, listen, all: () => heard.join("") };
}

test("bytes leave at 115200 baud: 11,520 in a second, in order, in packets", () => {
  const { uart, run, listen, all, heard } = line();
  listen();
  const text = Array.from({ length: 2000 }, (_, i) => `line ${i}\r\n`).join("");
  uart.say(text);
  run(1000);
  expect(uart.between(0, 1000).length).toBe(11_520);
  // The last packet is not full yet.
  expect(all().length).toBeGreaterThan(11_520 - 64);
  run(1000);
  expect(all()).toBe(text);
  expect(Math.max(...heard.map((packet) => packet.length))).toBeLessThanOrEqual(80);
  expect(BYTES_PER_MS).toBeCloseTo(11.52);
});

test("a line of a piece waits for its time, and for the line before it", () => {
  const { uart, run, listen, all } = line();
  listen();
  uart.play(() => [
    { afterMs: 0, text: "a".repeat(115) },
    { afterMs: 5, text: "b" },
    { afterMs: 100, text: "c" },
  ]);
  run(9);
  expect(all()).not.toContain("b");
  run(2);
  expect(all().at(-1)).toBe("b");
  run(88);
  expect(all().at(-1)).toBe("b");
  run(2);
  expect(all().at(-1)).toBe("c");
});

test("what is said in the middle of a piece comes before its later lines", () => {
  const { uart, run, listen, all } = line();
  listen();
  uart.play(() => [
    { afterMs: 0, text: "1" },
    { afterMs: 50, text: "3" },
    { afterMs: 60, text: "4" },
  ]);
  run(10);
  uart.say("2");
  run(100);
  expect(all()).toBe("1234");
});

test("cut in the middle, the rest never leaves; what comes after does", () => {
  const { uart, run, listen, all } = line();
  listen();
  uart.say("x".repeat(1000));
  run(10);
  uart.cut();
  run(1000);
  expect(all()).toBe("x".repeat(115));
  uart.say("again");
  run(10);
  expect(all()).toBe(`${"x".repeat(115)}again`);
});

test("nobody listens: no event, nothing worked out; asked later, it is all there", () => {
  const { scheduler, uart, run } = line();
  let rendered = 0;
  uart.play(() => {
    rendered++;
    return [
      { afterMs: 10, text: "hello\r\n" },
      { afterMs: 500, text: "world\r\n" },
    ];
  });
  expect(scheduler.armedCount).toBe(0);
  run(100);
  expect(rendered).toBe(0);
  expect(uart.between(0, scheduler.nowMs)).toBe("hello\r\n");
  run(1000);
  expect(uart.between(0, scheduler.nowMs)).toBe("hello\r\nworld\r\n");
  expect(rendered).toBe(1);
});

test("listened to or not, the same bytes leave at the same times", () => {
  const script = (listening: boolean) => {
    const { scheduler, uart, run, listen } = line();
    if (listening) listen();
    uart.play(() => [{ afterMs: 3, text: "boot ".repeat(50) }]);
    run(7);
    uart.say("typed");
    run(4);
    uart.cut();
    run(5);
    uart.say("y".repeat(40));
    const seen: string[] = [];
    for (let ms = 0; ms < 40; ms++) {
      run(1);
      seen.push(uart.between(0, scheduler.nowMs));
    }
    return seen;
  };
  expect(script(true)).toEqual(script(false));
});

test("a program that prints without end is held back, and what is kept has a bound", () => {
  const { scheduler, uart, run } = line();
  for (let i = 0; i < 100; i++) {
    for (let k = 0; k < 50; k++) uart.say("z".repeat(16 * 1024));
    run(100);
  }
  expect(uart.between(0, scheduler.nowMs).length).toBeLessThan(400_000);
});

const at = (change: Partial<Framing>): Framing => ({ ...CARRIER_FRAMING, ...change });
const heardAs = (text: string, settings: Framing) =>
  Buffer.from(received(bytesOf(text), CARRIER_FRAMING, settings)).toString("latin1");

test("with the right settings, or nearly, every byte is what was sent", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const baudRate of [115_200, 112_000, 118_000]) {
    expect(received(all, CARRIER_FRAMING, at({ baudRate }))).toEqual(all);
  }
  // The sampled way gives the same: two stop bits on the sender's side force it.
  const sent = at({ stopBits: 2, parity: "even" });
  const heard = at({ stopBits: 2, parity: "odd" });
  expect(received(all, sent, heard)).toEqual(all);
});

test.each([
  ["half the speed", { baudRate: 57_600 }],
  ["twice the speed", { baudRate: 230_400 }],
  ["9600", { baudRate: 9600 }],
  ["5 bits", { dataBits: 5 }],
] as const)("%s gives other bytes, always the same ones", (_, change) => {
  const text = "root@db1:~# uname -a\r\n";
  const heard = heardAs(text, at(change));
  expect(heard).not.toBe(text);
  expect(heard.length).toBeGreaterThan(0);
  expect(heardAs(text, at(change))).toBe(heard);
});

test("a slower receiver hears fewer bytes, a faster one more", () => {
  const text = "U".repeat(96);
  expect(heardAs(text, at({ baudRate: 9600 })).length).toBeLessThan(20);
  expect(heardAs(text, at({ baudRate: 460_800 })).length).toBeGreaterThan(96);
});
