import { expect, test } from "vitest";
import { Random } from "../../../sim/world/random.ts";
import { RANK_PROCESSOR, Scheduler } from "../../../sim/world/scheduler.ts";

test("events run in the order of time, and of arming within one instant", () => {
  const scheduler = new Scheduler();
  const ran: string[] = [];
  const arm = (name: string, atMs: number) => scheduler.timer(() => ran.push(name)).at(atMs);
  arm("c", 20);
  arm("a", 10);
  arm("b", 10);
  arm("d", 20);
  scheduler.runTo(15);
  expect(ran).toEqual(["a", "b"]);
  expect(scheduler.nowMs).toBe(15);
  scheduler.runTo(20);
  expect(ran).toEqual(["a", "b", "c", "d"]);
});

test("processors run after the world at the same instant, also when armed first", () => {
  const scheduler = new Scheduler();
  const ran: string[] = [];
  scheduler.timer(() => ran.push("processor"), RANK_PROCESSOR).at(5);
  scheduler.timer(() => ran.push("world")).at(5);
  scheduler.runTo(5);
  expect(ran).toEqual(["world", "processor"]);
});

test("a timer can be stopped and armed again, by itself too", () => {
  const scheduler = new Scheduler();
  const times: number[] = [];
  const timer = scheduler.timer(() => {
    times.push(scheduler.nowMs);
    if (times.length < 3) timer.after(7);
  });
  timer.at(1);
  timer.at(3);
  scheduler.runTo(100);
  expect(times).toEqual([3, 10, 17]);
  timer.after(5);
  timer.stop();
  timer.stop();
  scheduler.runTo(200);
  expect(times).toHaveLength(3);
  expect(timer.armed).toBe(false);
});

test("the heap agrees with a sorted list over thousands of random operations", () => {
  const random = new Random(7, "heap");
  const scheduler = new Scheduler();
  const ran: number[] = [];
  const due = new Map<number, number>();
  const timers = Array.from({ length: 200 }, (_, i) =>
    scheduler.timer(() => {
      ran.push(i);
      expect(scheduler.nowMs).toBe(due.get(i));
      due.delete(i);
    }),
  );
  for (let round = 0; round < 5000; round++) {
    const i = random.between(0, 199);
    if (random.next() < 0.3) {
      timers[i]?.stop();
      due.delete(i);
    } else {
      const atMs = scheduler.nowMs + random.between(0, 50);
      timers[i]?.at(atMs);
      due.set(i, atMs);
    }
    if (round % 10 === 0) {
      const toMs = scheduler.nowMs + random.between(0, 5);
      scheduler.runTo(toMs);
      for (const atMs of due.values()) expect(atMs).toBeGreaterThan(toMs);
    }
    expect(scheduler.armedCount).toBe(due.size);
  }
  expect(ran.length).toBeGreaterThan(500);
});

test("processors that wake at the same instant take turns as they were made", () => {
  const scheduler = new Scheduler();
  const ran: string[] = [];
  const made = ["a", "b", "c"].map((name) => scheduler.timer(() => ran.push(name), RANK_PROCESSOR));
  for (const timer of made.toReversed()) timer.at(10);
  made[0]?.at(10);
  scheduler.runTo(10);
  expect(ran).toEqual(["a", "b", "c"]);
});

test("the past and an event storm are errors", () => {
  const scheduler = new Scheduler();
  scheduler.runTo(10);
  const timer = scheduler.timer(() => timer.after(0));
  expect(() => timer.at(9)).toThrow("it is 10 ms now");
  expect(() => timer.at(Number.NaN)).toThrow("cannot be armed");
  expect(() => scheduler.runTo(9)).toThrow("forward only");
  timer.after(1);
  expect(() => scheduler.runTo(12)).toThrow("does not settle at 11 ms");
});

test("onEarlier tells of a new earliest event only", () => {
  const scheduler = new Scheduler();
  let told = 0;
  scheduler.onEarlier = () => told++;
  scheduler.timer(() => {}).at(10);
  scheduler.timer(() => {}).at(20);
  scheduler.timer(() => {}).at(5);
  expect(told).toBe(2);
  expect(scheduler.nextMs).toBe(5);
});
