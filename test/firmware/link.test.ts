// Sessions with the broker: what is subscribed and published when, and that nothing gets lost when
// there is no room or no session.
import { describe, expect, test } from "vitest";
import { BASE, Rig } from "./rig.ts";
import { lane, onEachClock, ready, switchOn, take } from "./suite.ts";

const topics = ["+/identify/set", "+/power/set", "+/usb/set", "config"];
const slotsOf = (rig: Rig, from: number) => rig.wire.states.slice(from).map(({ slot }) => slot);

onEachClock((make) => {
  test("link-up subscribes to the commands of all slots and publishes every state", () => {
    const rig = make({ slots: 4 });
    rig.boot("BOOT_POWER_ON", false);
    rig.advance(1234);
    rig.link(true);
    expect(rig.wire.subscriptions.toSorted()).toEqual(topics);
    expect(slotsOf(rig, 0).sort()).toEqual([1, 2, 3, 4]);
    for (const slot of [1, 2, 3, 4]) {
      expect(rig.state(slot)).toEqual({
        power: "off",
        present: true,
        pgood: false,
        usb: true,
        identify: false,
        fault: null,
        carrier: "pi3-4",
        mA: null,
        seq: 1,
        age_ms: 1234,
      });
    }
  });

  test("every link-up publishes all again: the number stays, the age is true", () => {
    const rig = ready(make());
    switchOn(rig, 2);
    const before = [1, 2, 3].map((slot) => rig.state(slot));
    const changedAtMs = before.map((_, index) => {
      const last = rig.wire.states.findLast(({ slot }) => slot === index + 1);
      return (last?.atMs ?? 0) - (last?.age_ms ?? 0);
    });
    for (let round = 0; round < 3; round++) {
      rig.link(false);
      rig.advance(7777);
      const from = rig.wire.states.length;
      rig.link(true);
      expect(rig.wire.subscriptions.toSorted()).toEqual(topics);
      expect(slotsOf(rig, from).sort()).toEqual([1, 2, 3]);
      for (const [index, state] of before.entries()) {
        const age_ms = rig.nowMs - (changedAtMs[index] ?? 0);
        expect(rig.state(index + 1)).toEqual({ ...state, age_ms });
      }
    }
    rig.advance(60_000);
    expect(rig.wire.subscriptions).toHaveLength(4);
  });

  test("a link-up without a link-down before is one all the same", () => {
    const rig = ready(make());
    const from = rig.wire.states.length;
    rig.link(true);
    expect(slotsOf(rig, from).sort()).toEqual([1, 2, 3]);
    expect(rig.wire.subscriptions).toHaveLength(4);
  });

  test("changes without a session: a new number, the age since the change", () => {
    const rig = ready(make());
    switchOn(rig, 1);
    const { seq } = rig.state(1);
    rig.link(false);
    rig.board.slot(1).present = false;
    rig.advance(1000);
    rig.link(true);
    expect(rig.state(1)).toMatchObject({ power: "empty", pgood: false });
    expect(rig.state(1).seq).toBeGreaterThan(seq);
    // Cut at 60, power good seen gone at 120.
    expect(rig.state(1).age_ms).toBeGreaterThanOrEqual(1000 - 120);
    expect(rig.state(1).age_ms).toBeLessThanOrEqual(1000 - 60);
    expect(take(rig).edges).toEqual(["1- @60"]);
  });

  test("a command goes on without a session", () => {
    const rig = ready(make());
    rig.power(2, "on");
    rig.power(1, "on x");
    rig.advance(10);
    rig.link(false);
    rig.advance(5000);
    rig.link(true);
    rig.advance(1000);
    // The final ack was held until there was a session.
    expect(take(rig).finals.filter((words) => words.startsWith("1 x"))).toEqual([
      expect.stringMatching(/^1 x on done @50[12]0$/),
    ]);
    rig.power(1, "on x");
    expect(rig.acks.at(-1)).toMatchObject({ id: "x", result: "done", reason: null });
    expect(rig.state(1)).toMatchObject({ power: "on", pgood: true });
  });

  test("a state is published at the moment it changes, once, with age 0", () => {
    const rig = ready(make());
    const from = rig.wire.states.length;
    const startMs = rig.nowMs;
    rig.power(1, "on");
    rig.advance(2000);
    const published = rig.wire.states.slice(from);
    expect(published.map(({ atMs, power, pgood }) => [atMs - startMs, power, pgood])).toEqual([
      [0, "on", false],
      [70, "on", true],
    ]);
    for (const { age_ms } of published) expect(age_ms).toBe(0);
  });

  describe("no room", () => {
    test.each([0, 1, 2, 3])("%i publishes of a link-up fit: the rest comes later", (room) => {
      const rig = ready(make());
      rig.link(false);
      rig.wire.room = room;
      const from = rig.wire.states.length;
      rig.link(true);
      expect(slotsOf(rig, from)).toHaveLength(room);
      rig.advance(5000);
      rig.wire.room = 1;
      rig.advance(1000);
      rig.wire.room = Number.POSITIVE_INFINITY;
      rig.advance(1000);
      expect(slotsOf(rig, from).sort()).toEqual([1, 2, 3]);
      for (const slot of [1, 2, 3]) expect(rig.state(slot).seq).toBe(1);
    });

    test("states that changed meanwhile come with what they are then", () => {
      const rig = ready(make());
      rig.wire.room = 2;
      rig.power(1, "on x");
      rig.wire.room = 0;
      rig.advance(300);
      const startMs = rig.nowMs;
      rig.advance(700);
      rig.wire.room = Number.POSITIVE_INFINITY;
      rig.advance(1000);
      expect(rig.state(1)).toMatchObject({ power: "on", pgood: true });
      const last = rig.wire.states.findLast(({ slot }) => slot === 1);
      expect(last?.atMs).toBeGreaterThanOrEqual(startMs + 700);
      expect(take(rig).finals).toEqual([expect.stringMatching(/^1 x on done/)]);
    });

    test("a final ack waits for room, for each slot", () => {
      const rig = ready(make(), "stagger_ms=0");
      for (const slot of [1, 2, 3]) rig.power(slot, `on s${slot}`);
      rig.wire.room = 0;
      rig.advance(500);
      expect(take(rig).finals).toEqual([]);
      rig.wire.room = 1;
      rig.advance(500);
      rig.wire.room = Number.POSITIVE_INFINITY;
      rig.advance(500);
      expect(
        take(rig)
          .finals.map((words) => words.split(" @")[0])
          .sort(),
      ).toEqual(["1 s1 on done", "2 s2 on done", "3 s3 on done"]);
    });

    test("removed and superseded acks wait too, in the order they came about", () => {
      const rig = ready(make());
      switchOn(rig, 1, 2);
      rig.power(1, "cycle a");
      rig.power(2, "shutdown b");
      rig.wire.room = 0;
      rig.board.slot(1).present = false;
      rig.board.slot(2).present = false;
      rig.advance(500);
      rig.wire.room = 2;
      rig.advance(100);
      rig.wire.room = Number.POSITIVE_INFINITY;
      rig.advance(500);
      expect(
        take(rig)
          .finals.map((words) => words.split(" @")[0])
          .sort(),
      ).toEqual(["1 a cycle failed removed", "2 b shutdown failed removed"]);
      expect(rig.state(1).power).toBe("empty");
    });

    test("a message with room for just two publishes gets its acks; the state follows", () => {
      const rig = ready(make());
      rig.power(1, "on a");
      rig.wire.room = 2;
      rig.power(1, "off b");
      rig.wire.room = Number.POSITIVE_INFINITY;
      rig.advance(500);
      expect(take(rig).finals.map((words) => words.split(" @")[0])).toEqual([
        "1 a on failed superseded",
        "1 b off done",
      ]);
      expect(rig.state(1).power).toBe("off");
    });

    test("every delivery has its ack however little room there is", () => {
      const rig = ready(make());
      const verbs = ["on", "cycle", "off", "shutdown", "reset", "on", "off", "cycle", "off"];
      let sent = 0;
      for (let round = 0; round < 60; round++) {
        rig.wire.room = 2;
        rig.power(1 + (round % 3), `${verbs[round % verbs.length]} r${round}`);
        sent++;
        rig.wire.room = Math.min(rig.wire.room, round % 3);
        rig.advance(30);
        // The buffer empties, as far as the next message needs.
        rig.wire.room = 3;
        rig.advance(60);
      }
      rig.wire.room = Number.POSITIVE_INFINITY;
      rig.advance(70_000);
      const ids = rig.acks.filter(({ result }) => result !== "queued").map(({ id }) => id);
      expect(new Set(ids).size).toBe(sent);
      expect(ids).toHaveLength(sent);
    });
  });

  describe("current", () => {
    test("null while not measured, then refreshed within 10 s of a move by 100 mA", () => {
      const rig = ready(make());
      switchOn(rig, 1);
      rig.advance(20_000);
      expect(rig.state(1).mA).toBe(null);
      rig.measured[1] = 620;
      rig.advance(10_000);
      expect(rig.state(1).mA).toBe(620);
      const from = rig.wire.states.length;
      for (const value of [719, 521, 620, 700]) {
        rig.measured[1] = value;
        rig.advance(10_000);
      }
      expect(rig.wire.states.length).toBe(from);
      rig.measured[1] = 720;
      rig.advance(10_000);
      expect(rig.state(1).mA).toBe(720);
      rig.measured[1] = 500;
      rig.advance(10_000);
      expect(rig.state(1).mA).toBe(500);
      expect(rig.wire.states.length).toBe(from + 2);
    });

    test("it is looked at every 10 s, not more", () => {
      const rig = ready(make());
      rig.advance(100_000);
      const from = rig.wire.states.length;
      for (let second = 0; second < 100; second++) {
        rig.measured[1] = second % 2 ? 3000 : 1;
        rig.advance(1003);
      }
      expect(rig.wire.states.length - from).toBeLessThanOrEqual(11);
    });

    test("0 and 20000 mA are numbers", () => {
      const rig = ready(make());
      rig.measured.splice(1, 2, 0, 20000);
      rig.advance(10_000);
      expect([rig.state(1).mA, rig.state(2).mA, rig.state(3).mA]).toEqual([0, 20000, null]);
    });
  });

  test("an idle module asks to be called rarely", () => {
    const rig = ready(make());
    switchOn(rig, 1, 2);
    rig.advance(60_000);
    let ticks = 0;
    rig.checks.push(() => ticks++);
    rig.advance(600_000);
    expect(ticks).toBeLessThanOrEqual(130);
  });

  test("late and early ticks: nothing happens twice, nothing is forgotten", () => {
    const rig = ready(make());
    rig.power(1, "on x");
    for (let early = 0; early < 200; early++) {
      rig.advance(3);
      rig.tickNow();
    }
    expect(take(rig)).toMatchObject({ finals: ["1 x on done @70"], edges: ["1+ @0"] });
  });
});

test("other base topics", () => {
  for (const base of ["b", "caddyshack/a/b", "caddyshack/".padEnd(80, "z")]) {
    const rig = new Rig(lane, { base });
    rig.boot();
    expect(rig.wire.subscriptions.toSorted()).toEqual(topics);
    rig.power(1, "on x");
    expect(rig.state(1).power).toBe("on");
    rig.send(`/${BASE}/1/power/set`, "off y");
    expect(rig.acks.at(-1)).toMatchObject({ id: "x" });
    expect(rig.state(1).power).toBe("on");
  }
});
