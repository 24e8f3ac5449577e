// Consoles through a whole hostd: HTTP and WebSocket, with serial ports that the test speaks on.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { basic, startTestHostd, type TestHostd } from "../helpers.ts";
import { TestPorts } from "./test-ports.ts";

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 20 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4, console: { port: usb-1 } }
  - { name: web1, slot: bp1/2, carrier: pi4, console: { port: usb-2, baud: 9600, line: "7E1" } }
  - { name: sw1, slot: bp2/1, carrier: switch }
`;

const ports = new TestPorts();
let run: TestHostd;
let base = "";
beforeAll(async () => {
  run = await startTestHostd({ yaml: YAML, serialPorts: ports });
  base = `${run.hostd.urls.http}api/v1/caddies`;
  ports.plug("usb-1");
  ports.plug("usb-2");
  await vi.waitFor(() => expect(ports.lines.size).toBe(2));
});
afterAll(() => run.close());

const get = (path: string) => fetch(`${base}/${path}`, { headers: login() });
const login = () => basic("admin", run.password);
const send = (method: string, path: string, body: unknown) =>
  fetch(`${base}/${path}`, {
    method,
    headers: { ...login(), "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** A browser's WebSocket with what it got; Node's own cannot send Basic, so a session it is. */
async function join(name: string, query = "", headers: Record<string, string> = {}) {
  const answer = await fetch(`${run.hostd.urls.http}api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "admin", password: run.password }),
  });
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const url = `${base.replace("http", "ws")}/${name}/console/ws${query}`;
  const socket = new WebSocket(url, { headers: { cookie, ...headers } } as never);
  socket.binaryType = "arraybuffer";
  const messages: Record<string, unknown>[] = [];
  const pieces: { offset: bigint; text: string }[] = [];
  let closed: number | null = null;
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") messages.push(JSON.parse(data));
    else {
      const bytes = Buffer.from(data as ArrayBuffer);
      pieces.push({ offset: bytes.readBigUInt64BE(), text: bytes.subarray(8).toString("latin1") });
    }
  });
  socket.addEventListener("close", ({ code }) => {
    closed = code;
  });
  await new Promise<void>((resolve) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => resolve());
  });
  const said = (type: string) => messages.filter((message) => message.type === type).at(-1);
  const text = () =>
    pieces
      .filter(({ offset }) => offset < 2n ** 63n)
      .map((piece) => piece.text)
      .join("");
  return { socket, messages, pieces, said, text, closedWith: () => closed };
}

describe("what a console is", () => {
  test("line, settings, people, offsets, stage and ways in", async () => {
    const view = await (await get("web1/console")).json();
    expect(view).toMatchObject({
      line: "open",
      reason: null,
      settings: { baud: 9600, line: "7E1" },
      writer: null,
      viewers: [],
      stage: "off",
      urls: {
        page: `${run.hostd.urls.http}#/console/web1`,
        websocket: `${base.replace("http", "ws")}/web1/console/ws`,
        command: "hostd console web1",
      },
    });
    expect(ports.settings.get("/dev/usb-2")).toMatchObject({ baudRate: 9600, parity: "even" });
  });

  test("one that is not mapped says so", async () => {
    expect(await (await get("sw1/console")).json()).toMatchObject({
      line: "closed",
      reason: "no port",
    });
  });

  test.each([
    ["GET", "nobody/console", undefined, 404, "CADDY_NO_SUCH_CADDY"],
    ["GET", "db1/console/log?from=yesterday", undefined, 400, "CADDY_BAD_REQUEST"],
    ["GET", "db1/console/log?format=cast&search=x", undefined, 400, "CADDY_BAD_REQUEST"],
    ["GET", "db1/console/log?colour=red", undefined, 400, "CADDY_BAD_REQUEST"],
    ["POST", "db1/console/send", {}, 400, "CADDY_BAD_REQUEST"],
    ["POST", "db1/console/send", { text: "a", base64: "YQ==" }, 400, "CADDY_BAD_REQUEST"],
    ["POST", "db1/console/send", { expect: "/(/" }, 400, "CADDY_BAD_REQUEST"],
    ["POST", "sw1/console/send", { text: "a" }, 503, "CADDY_CONSOLE_CLOSED"],
    ["POST", "sw1/console/break", {}, 503, "CADDY_CONSOLE_CLOSED"],
    ["POST", "db1/console/break", { ms: 9999 }, 400, "CADDY_BAD_REQUEST"],
    ["PUT", "db1/console/settings", { baud: 1, line: "8N1" }, 400, "CADDY_BAD_REQUEST"],
    ["PUT", "db1/console/settings", { baud: 9600, line: "9X3" }, 400, "CADDY_BAD_REQUEST"],
  ])("%s %s %j is refused with %i %s", async (method, path, body, status, code) => {
    const sent = ports.line("usb-1").sent;
    const answer = body === undefined ? await get(path) : await send(method, path, body);
    expect([answer.status, (await answer.json()).code]).toEqual([status, code]);
    expect(ports.line("usb-1").sent).toBe(sent);
  });

  test("nobody gets in without a login", async () => {
    for (const path of ["db1/console", "db1/console/log"]) {
      expect((await fetch(`${base}/${path}`)).status).toBe(401);
    }
    const socket = new WebSocket(`${base.replace("http", "ws")}/db1/console/ws`);
    const ended = new Promise((resolve) => socket.addEventListener("error", resolve));
    await ended;
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });
});

describe("history", () => {
  test("as text without escapes, raw, as JSON lines, as a cast, searched, by tail", async () => {
    ports.print("usb-1", "\x1b]0;evil\x07boot\r\nlogin: ");
    await vi.waitFor(async () => {
      expect(await (await get("db1/console/log")).text()).toContain("login:");
    });
    const text = await (await get("db1/console/log")).text();
    expect(text).toMatch(/^\d{4}-.*Z boot\n/m);
    expect(text).not.toContain("evil");
    expect(await (await get("db1/console/log?raw=true")).text()).toContain("\x1b]0;evil\x07boot");
    const found = await (await get("db1/console/log?format=json&search=LOGIN")).text();
    expect(JSON.parse(found)).toMatchObject({ offset: 15, kind: "output", text: "login: " });
    const cast = (await (await get("db1/console/log?format=cast")).text()).split("\n");
    expect(JSON.parse(cast[0] ?? "")).toMatchObject({ version: 2, title: "db1" });
    expect(await (await get("db1/console/log?tail=1")).text()).toMatch(/^\S+ login: \n$/);
    expect(await (await get("db1/console/log?from=15")).text()).not.toContain("boot");
    expect(await (await get("db1/console/log?from=2100-01-01")).text()).toBe("");
  });

  test("has what was done to the power between the lines", async () => {
    const answer = await send("POST", "db1/power", { action: "on" });
    expect(answer.status).toBe(202);
    await vi.waitFor(async () => {
      expect(await (await get("db1/console/log")).text()).toMatch(/-- on by admin@127/);
    });
  });
});

describe("the WebSocket", () => {
  test("greets, draws the screen, goes on with output, and takes what is typed", async () => {
    const ann = await join("db1");
    await vi.waitFor(() => expect(ann.pieces.length).toBe(1));
    expect(ann.pieces[0]).toMatchObject({ offset: 2n ** 64n - 1n });
    expect(ann.pieces[0]?.text).toContain("login:");
    expect(ann.said("screen")).toMatchObject({ columns: 80, rows: 24, offset: 22 });
    const { end } = ann.said("hello") as { end: number };
    ann.socket.send(new TextEncoder().encode("root\n"));
    await vi.waitFor(() => expect(ports.line("usb-1").sent).toMatch(/root\n$/));
    expect(ann.said("people")).toMatchObject({ writer: { user: "admin", via: "web" } });
    ports.print("usb-1", "Password: ");
    await vi.waitFor(() => expect(ann.text()).toBe("Password: "));
    expect(ann.pieces[1]?.offset).toBe(BigInt(end));
    ann.socket.close();
    await vi.waitFor(async () => {
      expect((await (await get("db1/console")).json()).viewers).toEqual([]);
    });
    const audit = await fetch(`${run.hostd.urls.http}api/v1/audit`, { headers: login() });
    expect(await audit.json()).toMatchObject({
      audit: expect.arrayContaining([
        expect.objectContaining({ kind: "console", action: "write", reason: "5 bytes" }),
      ]),
    });
  });

  test("resumes where it was, and nothing is lost or repeated", async () => {
    const { end } = await (await get("db1/console")).json();
    ports.print("usb-1", "one ");
    ports.print("usb-1", "two ");
    await vi.waitFor(async () => {
      expect((await (await get("db1/console")).json()).end).toBe(end + 8);
    });
    const ann = await join("db1", `?offset=${end + 2}`);
    await vi.waitFor(() => expect(ann.text()).toBe("e two "));
    ann.socket.close();
  });

  test("refuses what makes no sense, and a second writer", async () => {
    const ann = await join("web1");
    const bob = await join("web1");
    ann.socket.send(JSON.stringify({ type: "take" }));
    await vi.waitFor(() => expect(bob.said("people")).toMatchObject({ writer: { via: "web" } }));
    bob.socket.send(new TextEncoder().encode("x"));
    await vi.waitFor(() => {
      expect(bob.said("refused")).toMatchObject({ what: "write", reason: "not-writer" });
    });
    for (const bad of ["{", "[]", '{"type":1}', '{"type":"fly"}', '{"type":"break","ms":0}']) {
      bob.socket.send(bad);
      await vi.waitFor(() => expect(bob.said("refused")).toMatchObject({ reason: "bad-message" }));
      bob.messages.length = 0;
    }
    bob.socket.send(JSON.stringify({ type: "ask" }));
    await vi.waitFor(() => expect(ann.said("asked")).toMatchObject({ by: { user: "admin" } }));
    expect(ports.line("usb-2").sent).toBe("");
    ann.socket.close();
    bob.socket.close();
  });

  test.each([
    ["another page's origin", "db1", "", { origin: "https://evil.example" }],
    ["an unknown caddy", "nobody", "", {}],
    ["an offset that is none", "db1", "?offset=-1", {}],
  ])("is not opened for %s", async (_why, name, query, headers) => {
    const { socket, pieces } = await join(name, query, headers as Record<string, string>);
    await vi.waitFor(() => expect(socket.readyState).toBe(WebSocket.CLOSED));
    expect(pieces).toEqual([]);
  });

  test("tells when the port goes and comes", async () => {
    const ann = await join("web1");
    ports.pull("usb-2");
    await vi.waitFor(() => expect(ann.said("status")).toMatchObject({ line: "closed" }));
    ports.plug("usb-2");
    await vi.waitFor(() => expect(ann.said("status")).toMatchObject({ line: "open" }));
    ann.socket.close();
  });
});

describe("sending for programs", () => {
  test("sends, and waits for what is printed after it", async () => {
    const answer = send("POST", "db1/console/send", {
      text: "uname\n",
      expect: "/Lin\\w+/",
      timeout_ms: 5000,
    });
    await vi.waitFor(() => expect(ports.line("usb-1").sent).toMatch(/uname\n$/));
    ports.print("usb-1", "Li");
    ports.print("usb-1", "\x1b[1mnux\r\n# ");
    expect(await (await answer).json()).toMatchObject({ matched: "Linux" });
  });

  test("times out with what was printed instead", async () => {
    const answer = send("POST", "db1/console/send", { expect: "never", timeout_ms: 1500 });
    await vi.waitFor(async () => {
      expect((await (await get("db1/console")).json()).viewers).toMatchObject([{ via: "api" }]);
    });
    ports.print("usb-1", "something");
    const problem = await (await answer).json();
    expect(problem).toMatchObject({ status: 408, code: "CADDY_CONSOLE_TIMEOUT" });
    expect(problem.text).toContain("something");
  });

  test("is refused while a person writes, unless it takes over", async () => {
    const ann = await join("db1");
    ann.socket.send(JSON.stringify({ type: "take" }));
    await vi.waitFor(() => expect(ann.said("people")).toMatchObject({ writer: { via: "web" } }));
    const refused = await send("POST", "db1/console/send", { text: "reboot\n" });
    expect([refused.status, (await refused.json()).code]).toEqual([409, "CADDY_CONSOLE_BUSY"]);
    expect(ports.line("usb-1").sent).not.toContain("reboot");
    const taken = await send("POST", "db1/console/send", { text: "date\n", take: true });
    expect(taken.status).toBe(200);
    expect(ports.line("usb-1").sent).toMatch(/date\n$/);
    ann.socket.close();
  });

  test("no break reaches a line on which somebody else writes, and no key goes alone", async () => {
    const ann = await join("web1");
    ann.socket.send(JSON.stringify({ type: "take" }));
    await vi.waitFor(() => expect(ann.said("people")).toMatchObject({ writer: { via: "web" } }));
    for (const body of [{}, { ms: 20, sysrq: "b" }]) {
      const refused = await send("POST", "web1/console/break", body);
      expect([refused.status, (await refused.json()).code]).toEqual([409, "CADDY_CONSOLE_BUSY"]);
    }
    expect(ports.line("usb-2").lines).toEqual([]);
    expect(ports.line("usb-2").sent).toBe("");
    ann.socket.close();
  });

  test("break, with a SysRq key after it", async () => {
    const answer = await send("POST", "db1/console/break", { ms: 20, sysrq: "s" });
    expect(answer.status).toBe(204);
    expect(ports.line("usb-1").lines).toEqual([{ break: true }, { break: false }]);
    expect(ports.line("usb-1").sent).toMatch(/s$/);
  });
});
