// The whole C runtime as the program of simulated Wemos boards, in virtual time, on Linux and on
// the ESP8266's CPU: what it does to the rack is what the runtime in TypeScript does.
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { FLASH, RUNTIME_ERRORS } from "../../firmware/device.gen.ts";
import { laneProgram } from "../../firmware/lanes.ts";
import type { BoardProgram } from "../../sim/lanes/board-process.ts";
import { HANG_LIMIT_MS, setHangLimit } from "../../sim/lanes/edge/hang-guard.ts";
import { flashedAs, plainIdentity } from "../../sim/lanes/runtime-boards.ts";
import { createVirtualBoards, type VirtualBoards } from "../../sim/lanes/virtual-boards.ts";
import { module, tickDoing } from "../sim/lanes/modules.ts";
import { BASE, threePis } from "../sim/shacks.ts";

for (const name of ["wasm3", "lx106"] as const) {
  describe(name, () => boardTests(name));
}

function boardTests(name: BoardProgram["name"]): void {
  let program: BoardProgram;
  let moduleBytes: Uint8Array;
  let made: VirtualBoards | null = null;
  beforeAll(async () => {
    program = await laneProgram(name, { sanitize: name === "wasm3" });
    moduleBytes = (await buildModule()).bytes;
  }, 240_000);
  afterEach(() => {
    made?.boards.stop();
    made = null;
    setHangLimit(HANG_LIMIT_MS);
  });

  const start = (bytes = moduleBytes) => {
    made = createVirtualBoards({ shack: threePis, program, moduleBytes: bytes, seed: 1 });
    const { virtual, boards } = made;
    virtual.start();
    const wemos = virtual.rack.backplanes[0]?.wemos;
    if (wemos === undefined) throw new Error("the rack has no backplane");
    const client = virtual.client({ clientId: "op", username: "op" });
    client.subscribe(`${BASE}/#`);
    const status = () => virtual.retained(`${BASE}/status`);
    const json = (topic: string) => JSON.parse(virtual.retained(`${BASE}/${topic}`) ?? "{}");
    const online = () => virtual.runUntil(() => status() === "online", 60_000, "online");
    return { virtual, boards, wemos, client, status, json, online };
  };

  test("comes online and obeys", () => {
    const { virtual, client, json, online } = start();
    online();
    virtual.run(100);
    client.publish(`${BASE}/1/power/set`, "on x1");
    virtual.run(3000);
    expect(json("1/state")).toMatchObject({ power: "on", pgood: true, present: true });
    expect(virtual.control.truth("db1")).toMatchObject({ pwrEn: true, pgood: true });
    expect(virtual.control.edges("db1").count).toBe(1);
    const acks = client.messages.filter(({ topic }) => topic.endsWith("/1/ack"));
    expect(acks.map(({ text }) => JSON.parse(text).result)).toEqual(["queued", "done"]);
    const board = name === "wasm3" ? "posix" : "lx106-qemu";
    expect(json("info")).toMatchObject({ board, slot: "a", sequence: 1, slots: 3, error: 0 });
  });

  test("resets of each cause move no output, and are told", () => {
    const { virtual, wemos, client, json, online } = start();
    online();
    client.publish(`${BASE}/1/power/set`, "on x1");
    virtual.run(5000);
    const edges = virtual.control.edges("db1").count;
    for (const cause of ["pin", "software", "watchdog", "exception"] as const) {
      wemos.reset(cause);
      virtual.runUntil(() => json("info").reset === cause, 60_000, `info after ${cause}`);
      online();
      expect(json("1/state")).toMatchObject({ power: "on", pgood: true });
    }
    expect(virtual.control.edges("db1").count).toBe(edges);
    expect(wemos.bootCount).toBe(5);
  });

  test("a loss of power clears RTC memory and keeps flash", () => {
    const { virtual, boards, client, json, online } = start();
    online();
    client.publish(`${BASE}/config`, "rev=5\n1.restore=last\n2.restore=off", { retain: true });
    client.publish(`${BASE}/1/power/set`, "on");
    client.publish(`${BASE}/2/power/set`, "on");
    virtual.run(5000);
    const flash = boards.flashes.get("bp1");
    const durable = () => flash?.read(FLASH.DURABLE_A, 64);
    const kept = durable();
    expect(kept?.some((byte) => byte !== 0xff)).toBe(true);
    virtual.control.supply(false);
    virtual.run(1000);
    virtual.control.supply(true);
    const pgood = (caddy: string) => virtual.control.truth(caddy).pgood;
    virtual.runUntil(() => pgood("db1"), 60_000, "the restored slot on");
    virtual.run(5000);
    expect(json("1/state").power).toBe("on");
    expect(pgood("db2")).toBe(false);
    expect(durable()).toEqual(kept);
  });

  test("loses and finds its network", () => {
    const { virtual, status, online } = start();
    online();
    virtual.network("bp1", false);
    virtual.runUntil(() => status() === "offline", 60_000, "the will");
    virtual.network("bp1", true);
    virtual.runUntil(() => status() === "online", 120_000, "online again");
  });

  test("a call without end is the watchdog's, and is told as a hang", () => {
    setHangLimit(name === "wasm3" ? 750 : 1500);
    const { virtual, wemos, status, json } = start(module({ tick: ENDLESS }));
    virtual.runUntil(() => wemos.bootsBy.watchdog >= 3, 60_000, "three watchdog resets");
    virtual.runUntil(() => virtual.retained(`${BASE}/info`) !== null, 60_000, "info");
    // No other module is there, so it ends in safe mode.
    expect(json("info")).toMatchObject({ slot: null, error: RUNTIME_ERRORS.HANG });
    expect(status()).not.toBe("online");
  });

  test("without a configuration it rests, and says why on its serial line", () => {
    const { virtual, boards, wemos } = start();
    boards.flashes.get("bp1")?.erase(FLASH.CONFIG_A);
    virtual.run(10_000);
    const [line] = boards.boards.get("bp1")?.logLines ?? [];
    expect(line).toMatchObject({ level: 3, text: "no configuration: flash this backplane" });
    expect(wemos.state).toBe("running");
    expect(virtual.retained(`${BASE}/status`)).not.toBe("online");
  });

  test("the same seed makes the same run", () => {
    const run = () => {
      const { virtual, client, online } = start();
      online();
      client.publish(`${BASE}/2/power/set`, "cycle q1");
      virtual.run(8000);
      made?.boards.stop();
      return client.messages.map(({ topic, text }) => `${topic} ${text}`).join("\n");
    };
    const first = run();
    expect(first).toContain("q1");
    expect(run()).toBe(first);
  });

  test("a chip of another account's seal is not run", () => {
    const { boards, virtual, json } = start();
    const flash = boards.flashes.get("bp1");
    const other = flashedAs({ ...plainIdentity("shack1/bp2"), sequence: 9 }, moduleBytes);
    flash?.erase(FLASH.MODULE_A);
    flash?.erase(FLASH.MODULE_A + FLASH.SECTOR);
    flash?.write(FLASH.MODULE_A, other.read(FLASH.MODULE_A, FLASH.MODULE_SIZE));
    virtual.runUntil(() => json("info").slot === null, 60_000, "safe mode");
    expect(json("info").error).toBe(RUNTIME_ERRORS.NO_MODULE);
  });
}

const ENDLESS = tickDoing("(loop $l (br $l))");
