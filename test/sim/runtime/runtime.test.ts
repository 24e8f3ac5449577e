import { describe, expect, test } from "vitest";
import { ABI, BOOT_REASONS } from "../../../sim/lanes/abi.gen.ts";
import { ModuleTrap } from "../../../sim/lanes/lane.ts";
import { VirtualRack, type VirtualRackOptions } from "../../../sim/rack/virtual-rack.ts";
import { BOOT_RETRY_MS, type Runtime } from "../../../sim/runtime/runtime.ts";
import { type FakeCall, FakeLane } from "../fake-lane.ts";
import { BASE, oneBackplane } from "../shacks.ts";

function rackWith(lane: FakeLane, more: Partial<VirtualRackOptions> = {}) {
  const rack = new VirtualRack({ shack: oneBackplane, lane, seed: 11, ...more });
  const runtime = rack.rack.runtimes.get("bp1") as Runtime;
  const online = () => rack.retained(`${BASE}/status`) === "online";
  return { rack, runtime, online };
}

function upAndOnline(more: Partial<VirtualRackOptions> = {}) {
  const lane = new FakeLane(3);
  const { rack, runtime, online } = rackWith(lane, more);
  const operator = rack.start().client({ clientId: "operator" });
  operator.subscribe(`${BASE}/#`);
  rack.runUntil(online, 5000, "online");
  return { lane, rack, runtime, operator };
}

describe("link-up", () => {
  test("subscribes and publishes every state before `online`, info before it too", () => {
    const { rack, operator } = upAndOnline();
    rack.run(10);
    const topics = operator.messages.map((m) => m.topic.slice(BASE.length + 1));
    expect(topics).toEqual(["1/state", "2/state", "3/state", "info", "status"]);
    expect(operator.last(`${BASE}/status`)).toBe("online");
    const info = JSON.parse(operator.last(`${BASE}/info`) ?? "");
    expect(info).toMatchObject({
      abi: 1,
      module: "00000000fa4e0000",
      board: "virtual",
      slots: 3,
      reset: "power-on",
      heap_free: null,
      rssi: null,
    });
    expect(info.rail_mV).toBeGreaterThan(5000);
  });

  test("waits for every acknowledgement before it says `online`", () => {
    const lane = new FakeLane(3);
    const { rack } = rackWith(lane, { latencyMs: 50 });
    const atMs = new Map<string, number>();
    rack.start();
    rack.broker.onPublish = (topic) => atMs.set(topic.slice(BASE.length + 1), rack.nowMs);
    rack.run(5000);
    // The states reach the broker, their PUBACKs come back, and only then `online` sets out.
    expect((atMs.get("status") ?? 0) - (atMs.get("3/state") ?? 0)).toBe(100);
  });

  test("info comes again every minute", () => {
    const { rack, operator } = upAndOnline();
    rack.run(10);
    operator.messages.length = 0;
    rack.run(180_000);
    const infos = operator.messages.filter((m) => m.topic.endsWith("/info"));
    expect(infos).toHaveLength(3);
    expect(JSON.parse(infos[2]?.text ?? "").uptime_s).toBeGreaterThan(179);
  });

  test("a refused subscription never gives `online`, and is tried again with back-off", () => {
    const access = { login: () => true, publish: () => true, subscribe: () => false };
    const { rack, runtime, online } = rackWith(new FakeLane(3), { access });
    rack.run(30_000);
    expect(online()).toBe(false);
    expect(runtime.session.connectCount).toBeGreaterThan(2);
    expect(runtime.session.connectCount).toBeLessThan(40);
  });

  test("the will speaks when the board is gone, by keep-alive or by its successor", () => {
    const { rack, operator } = upAndOnline();
    rack.control.hold("bp1");
    rack.run(20_000);
    expect(rack.retained(`${BASE}/status`)).toBe("online");
    rack.run(3000);
    expect(rack.retained(`${BASE}/status`)).toBe("offline");
    rack.control.release("bp1");
    rack.run(3000);
    expect(rack.retained(`${BASE}/status`)).toBe("online");
    rack.control.reset("bp1", "software");
    operator.messages.length = 0;
    rack.run(3000);
    const statuses = operator.messages.filter((m) => m.topic.endsWith("/status"));
    expect(statuses.map((m) => m.text)).toEqual(["offline", "online"]);
  });
});

describe("samples", () => {
  const transcript = (lane: FakeLane) => lane.calls.map((call: FakeCall) => Object.values(call));

  test("with and without skipped samples the module is called the same", () => {
    const run = (noSkip: boolean) => {
      const { lane, rack, operator } = upAndOnline({ noSkip });
      for (let i = 0; i < 40; i++) {
        operator.publish(`${BASE}/${(i % 3) + 1}/power/set`, i % 4 < 2 ? "on" : "off");
        rack.run(137 * (i % 5) + 3);
      }
      rack.control.pull("db1", { bounceMs: 30 });
      rack.run(30_000);
      return { lines: transcript(lane), events: rack.rack.world.scheduler.eventCount };
    };
    const skipping = run(false);
    const sampling = run(true);
    expect(skipping.lines).toEqual(sampling.lines);
    expect(skipping.lines.filter((line) => line[0] === "inputs").length).toBeGreaterThan(20);
    expect(skipping.events).toBeLessThan(sampling.events / 3);
  });

  test("inputs comes at the next 10 ms after a change, and only then", () => {
    const { lane, rack } = upAndOnline();
    rack.run(500);
    lane.calls.length = 0;
    rack.control.press("db1", { holdMs: 25 });
    rack.run(100);
    const inputs = lane.calls.filter((call) => call.name === "inputs");
    expect(inputs).toHaveLength(2);
    expect(inputs.every((call) => call.nowMs % ABI.SAMPLE_MS === 0)).toBe(true);
    // A call of inputs is followed by a tick at once.
    const names = lane.calls.map((call) => call.name).join(" ");
    expect(names).toContain("inputs tick");
  });
});

describe("resets", () => {
  test.each([
    ["power-on", BOOT_REASONS.BOOT_POWER_ON, 0],
    ["pin", BOOT_REASONS.BOOT_PIN, 3],
    ["software", BOOT_REASONS.BOOT_SOFTWARE, 3],
    ["watchdog", BOOT_REASONS.BOOT_WATCHDOG, 3],
    ["exception", BOOT_REASONS.BOOT_EXCEPTION, 3],
    ["ota", BOOT_REASONS.BOOT_SOFTWARE, 3],
  ] as const)("%s boots with reason %d and %d bytes of hot record", (cause, reason, hot) => {
    const { lane, rack, operator } = upAndOnline();
    operator.publish(`${BASE}/1/power/set`, "on");
    rack.run(100);
    rack.control.reset("bp1", cause);
    rack.run(300);
    const boots = lane.calls.filter((call) => call.name === "boot");
    expect(boots.at(-1)?.detail).toBe(`${reason} ${hot} 0`);
    expect(rack.control.backplaneTruth("bp1").bootsBy[cause]).toBe(cause === "power-on" ? 2 : 1);
    expect(rack.control.edges("db1").count).toBe(1);
  });

  test("a hang is ended by the watchdog, a hold by its release", () => {
    const { lane, rack } = upAndOnline();
    rack.control.hangBackplane("bp1");
    expect(() => rack.control.hangBackplane("bp1")).toThrow("not running");
    rack.run(3000);
    expect(rack.control.backplaneTruth("bp1").wemos).toBe("hung");
    rack.run(1000);
    expect(rack.control.backplaneTruth("bp1").bootsBy.watchdog).toBe(1);
    rack.control.hold("bp1");
    expect(() => rack.control.reset("bp1")).toThrow("held in reset");
    const calls = lane.calls.length;
    rack.run(10_000);
    expect(lane.calls).toHaveLength(calls);
    rack.control.release("bp1");
    rack.run(300);
    expect(rack.control.backplaneTruth("bp1").bootsBy.pin).toBe(1);
  });

  test("millis starts anew at each boot and may start just before the wrap", () => {
    const { lane, rack } = upAndOnline({ millisStart: 0xffffffff - 2000 });
    rack.run(5000);
    const times = lane.calls.map((call) => call.nowMs);
    expect(Math.max(...times)).toBeLessThanOrEqual(0xffffffff);
    expect(times.at(-1)).toBeLessThan(5000);
  });
});

describe("traps and boot errors", () => {
  test("a trap boots a fresh instance with BOOT_TRAP, links it up and touches no output", () => {
    const { lane, rack, runtime, operator } = upAndOnline();
    operator.publish(`${BASE}/1/power/set`, "on");
    rack.run(2000);
    lane.calls.length = 0;
    operator.publish(`${BASE}/2/power/set`, "trap");
    rack.run(1000);
    expect(runtime.trapCount).toBe(1);
    expect(lane.calls.map((call) => `${call.name} ${call.detail}`.trim())).toContain("link true");
    expect(lane.calls.find((call) => call.name === "boot")?.detail).toBe("5 3 0");
    expect(rack.control.edges("db1").count).toBe(1);
    expect(rack.retained(`${BASE}/status`)).toBe("online");
    operator.publish(`${BASE}/2/power/set`, "on");
    rack.run(100);
    expect(rack.control.truth("db2").pwrEn).toBe(true);
  });

  test("two traps in quick succession wait 5 s, and `offline` says so meanwhile", () => {
    const { lane, rack, operator } = upAndOnline();
    rack.run(2000);
    operator.publish(`${BASE}/2/power/set`, "trap");
    rack.run(100);
    operator.publish(`${BASE}/2/power/set`, "trap");
    rack.run(100);
    const boots = lane.bootCount;
    expect(rack.retained(`${BASE}/status`)).toBe("offline");
    rack.run(BOOT_RETRY_MS - 200);
    expect(lane.bootCount).toBe(boots);
    rack.run(500);
    expect(lane.bootCount).toBe(boots + 1);
    expect(rack.retained(`${BASE}/status`)).toBe("online");
  });

  test("a boot error is shown in info and tried again every 5 s", () => {
    const lane = new FakeLane((l) => (l.bootCount < 3 ? ABI.E_RING : 3));
    const { rack, online } = rackWith(lane);
    rack.run(4000);
    expect(rack.retained(`${BASE}/status`)).toBe("offline");
    const info = JSON.parse(rack.retained(`${BASE}/info`) ?? "{}");
    expect(info).toMatchObject({ slots: 0, notes: { boot_error: ABI.E_RING } });
    rack.runUntil(online, 20_000);
    expect(lane.bootCount).toBe(4);
    expect(lane.calls.filter((call) => call.name === "boot").map((c) => c.detail[0])).toEqual(
      Array(4).fill("0"),
    );
    const later = JSON.parse(rack.retained(`${BASE}/info`) ?? "{}");
    expect(later).toMatchObject({ slots: 3, notes: {} });
  });

  test("an error that is no trap is not swallowed", () => {
    const lane = new FakeLane(() => {
      throw new TypeError("a bug");
    });
    expect(() => rackWith(lane).rack.run(1000)).toThrow("a bug");
    expect(new ModuleTrap("x")).toBeInstanceOf(Error);
  });
});

describe("a CPU that loses its power in the middle of a step", () => {
  // Its own latch switches on what trips the supply.
  test("finishes the step first: what it says was said before", () => {
    const weak = { ...oneBackplane, supply: { volts: 5.1, amps: 0.5 } };
    const { lane, rack, runtime } = upAndOnline({ shack: weak });
    const operator = rack.client({ clientId: "other" });
    lane.calls.length = 0;
    let [running, stoppedWithin] = [false, false];
    lane.onLatch = () => {
      running = runtime.moduleRuns;
    };
    lane.onLatched = () => {
      stoppedWithin = !runtime.moduleRuns;
    };
    operator.publish(`${BASE}/1/power/set`, "on");
    rack.runUntil(() => rack.rack.supply.tripCount === 1, 2000, "a trip");
    expect([running, stoppedWithin]).toEqual([true, false]);
    rack.run(0);
    expect(runtime.moduleRuns).toBe(false);
    expect(rack.control.backplaneTruth("bp1").wemos).toBe("off");
  });
});

describe("room", () => {
  test("more than the buffer holds is refused, and sent later by the module", () => {
    const { rack, operator } = upAndOnline();
    rack.run(100);
    operator.messages.length = 0;
    operator.publish(`${BASE}/2/power/set`, "flood");
    rack.run(500);
    const acks = operator.messages.filter((m) => m.topic.endsWith("/ack"));
    expect(acks).toHaveLength(12);
  });

  test("messages wait until there is room to answer them, in order", () => {
    const { lane, rack, operator } = upAndOnline({ latencyMs: 50 });
    rack.run(1000);
    for (let i = 0; i < 12; i++) operator.publish(`${BASE}/1/power/set`, `on x${i}`);
    rack.run(3000);
    const acks = operator.messages.filter((m) => m.topic.endsWith("1/ack"));
    expect(acks.map((m) => JSON.parse(m.text).id)).toEqual(
      Array.from({ length: 12 }, (_, i) => `x${i}`),
    );
    const times = lane.calls.filter((call) => call.name === "message").map((call) => call.nowMs);
    expect(new Set(times).size).toBeGreaterThan(1);
  });
});

describe("back-off", () => {
  test("without a broker it tries ever more rarely, with jitter", () => {
    const { rack, runtime } = rackWith(new FakeLane(3));
    rack.start();
    rack.broker.setUp(false);
    rack.run(10_000);
    const early = runtime.session.connectCount;
    expect(early).toBeGreaterThan(2);
    rack.run(600_000);
    expect(runtime.session.connectCount - early).toBeLessThan(60);
    rack.broker.setUp(true);
    rack.run(61_000);
    expect(rack.retained(`${BASE}/status`)).toBe("online");
  });

  test("a broker that kicks us is not stormed, a good session starts over", () => {
    const { rack, runtime } = upAndOnline();
    const before = runtime.session.connectCount;
    for (let ms = 0; ms < 120_000; ms += 100) {
      if (rack.broker.clientIds.includes("shack1/bp1")) rack.broker.kick("shack1/bp1");
      rack.run(100);
    }
    const kicked = runtime.session.connectCount - before;
    expect(kicked).toBeGreaterThan(3);
    expect(kicked).toBeLessThan(30);
    rack.run(200_000);
    const quiet = runtime.session.connectCount;
    rack.broker.kick("shack1/bp1");
    rack.run(1000);
    expect(runtime.session.connectCount).toBe(quiet + 1);
    expect(rack.retained(`${BASE}/status`)).toBe("online");
  });

  test("nothing that was in RAM outlives a loss of power: it tries soon, as after any boot", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { rack } = rackWith(new FakeLane(3), { seed });
      rack.start();
      rack.broker.setUp(false);
      rack.run(600_000);
      rack.control.supply(false);
      rack.run(1000);
      rack.broker.setUp(true);
      rack.control.supply(true);
      rack.run(3000);
      expect(rack.retained(`${BASE}/status`)).toBe("online");
    }
  });

  test("without Wi-Fi it notices by its keep-alive and comes back afterwards", () => {
    const { rack } = upAndOnline();
    rack.network("bp1", false);
    rack.run(60_000);
    expect(rack.retained(`${BASE}/status`)).toBe("offline");
    rack.network("bp1", true);
    rack.run(61_000);
    expect(rack.retained(`${BASE}/status`)).toBe("online");
  });
});
