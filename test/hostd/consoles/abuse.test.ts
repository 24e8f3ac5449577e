// Consoles among people and caddies that mean no good: nothing grows without end, and the others
// never notice.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { LineSplitter } from "../../../hostd/consoles/history/lines.ts";
import { safeLine } from "../../../hostd/consoles/plain-text.ts";
import { basic, startTestHostd, type TestHostd } from "../helpers.ts";
import { TestPorts } from "./test-ports.ts";

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 20 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4, console: { port: usb-1 } }
`;
const ports = new TestPorts();
const sockets: WebSocket[] = [];
let run: TestHostd;
beforeAll(async () => {
  run = await startTestHostd({ yaml: YAML, serialPorts: ports });
  ports.plug("usb-1");
  await vi.waitFor(() => ports.line("usb-1"));
});
afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await run.close();
});

const headers = () => basic("admin", run.password);
const consoleUrl = () => `${run.hostd.urls.http}api/v1/caddies/db1/console`;

async function join(query = "") {
  const url = `${consoleUrl().replace("http", "ws")}/ws${query}`;
  const socket = new WebSocket(url, { headers: headers() });
  sockets.push(socket);
  let text = "";
  let closed: number | null = null;
  socket.on("message", (data: Buffer, binary) => {
    if (binary && data.readBigUInt64BE() < 2n ** 63n) text += data.toString("latin1", 8);
  });
  socket.on("close", (code) => {
    closed = code;
  });
  socket.on("error", () => undefined);
  await new Promise((done) => socket.once("open", done));
  return { socket, text: () => text, closed: () => closed };
}

async function viewers(): Promise<number> {
  const answer = await fetch(consoleUrl(), { headers: headers() });
  return ((await answer.json()) as { viewers: unknown[] }).viewers.length;
}

test("hundreds who join and leave at once leave nobody behind", async () => {
  for (let round = 0; round < 10; round++) {
    const joined = await Promise.all(Array.from({ length: 40 }, () => join()));
    for (const [index, { socket }] of joined.entries()) {
      if (index % 2 === 0) socket.terminate();
      else socket.close();
    }
    await vi.waitFor(async () => expect(await viewers()).toBe(0), 5000);
  }
}, 60_000);

test("who reads nothing and asks for ever is let go of, and the others see all", async () => {
  const good = await join("?offset=0");
  const bad = await join();
  bad.socket.pause();
  const bomb = JSON.stringify({ type: "no such thing", filler: "x".repeat(1000) });
  const asking = setInterval(() => {
    for (let i = 0; i < 2000; i++) if (bad.socket.bufferedAmount < 1e6) bad.socket.send(bomb);
  }, 5);
  try {
    await vi.waitFor(async () => expect(await viewers()).toBe(1), 60_000);
  } finally {
    clearInterval(asking);
  }
  ports.print("usb-1", "still here\r\n");
  await vi.waitFor(() => expect(good.text()).toContain("still here"));
  good.socket.close();
}, 90_000);

test("a message that is too long ends that one connection", async () => {
  const bad = await join();
  bad.socket.send(Buffer.alloc(64 * 1024 + 1));
  await vi.waitFor(() => expect(bad.closed()).toBe(1009));
});

test("escape bombs and a line without end: bounded, and the log stays plain", async () => {
  const bombs = [
    "\x1b]0;",
    "\x1b[".repeat(5000),
    "\x1bP",
    "\x9b",
    "\x1b]52;c;",
    "y".repeat(500_000),
  ];
  for (let i = 0; i < 20; i++) for (const bomb of bombs) ports.print("usb-1", bomb);
  ports.print("usb-1", "\x07\x1b\\\r\nafter the bombs\r\n");
  const log = async () =>
    (await fetch(`${consoleUrl()}/log?tail=3`, { headers: headers() })).text();
  await vi.waitFor(async () => expect(await log()).toContain("after the bombs"), 10_000);
  const all = await (await fetch(`${consoleUrl()}/log`, { headers: headers() })).text();
  expect([...all].some((one) => one < " " && one !== "\n" && one !== "\t")).toBe(false);
  expect(Math.max(...all.split("\n").map((line) => line.length))).toBeLessThan(600_000);
  const late = await join();
  await vi.waitFor(async () => expect(await viewers()).toBe(1));
  ports.print("usb-1", "alive\r\n");
  await vi.waitFor(() => expect(late.text()).toContain("alive"));
}, 30_000);

test("random bytes never pass a control character on", () => {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) & 0xff;
  };
  const splitter = new LineSplitter();
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: 200 }, () => (random() < 60 ? 0x1b : random()));
    const lines = splitter.take({ kind: "output", wallMs: 0, offset: round * 200, bytes });
    for (const { text } of lines) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
    expect(safeLine(bytes)).not.toContain("\x1b");
  }
});
