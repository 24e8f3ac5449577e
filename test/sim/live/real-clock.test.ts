// Whose fault an error is: the world's stops the rack, the caller's is the caller's.

import { afterEach, describe, expect, test } from "vitest";
import { RealClock } from "../../../sim/live/edge/real-clock.ts";
import { Scheduler, WorldError } from "../../../sim/world/scheduler.ts";

describe("errors", () => {
  let clock: RealClock | null = null;
  afterEach(() => clock?.stop());

  function running() {
    const scheduler = new Scheduler();
    const real = new RealClock(scheduler);
    clock = real;
    const errors: unknown[] = [];
    real.onError = (error) => errors.push(error);
    real.start();
    return { scheduler, real, errors };
  }

  const broken = (): never => {
    throw new WorldError("broken");
  };

  test("of the world reach onError, whoever lets time go on or acts on it", () => {
    const due = running();
    due.scheduler.timer(() => broken()).at(0);
    expect(() => due.real.enter(() => 1)).toThrow("broken");
    expect(due.errors.map(String)).toEqual(["Error: broken"]);
    expect(due.real.enter(() => 2)).toBe(2);

    const acted = running();
    expect(() => acted.real.enter(broken)).toThrow("broken");
    expect(acted.errors).toHaveLength(1);
  });

  test("of the world while something comes from a socket reach it once", () => {
    const { scheduler, real, errors } = running();
    scheduler.timer(() => broken()).at(0);
    real.deliver(() => {});
    expect(errors).toHaveLength(1);
  });

  test("of the caller are thrown at the caller, and the world goes on", () => {
    const { scheduler, real, errors } = running();
    const refuse = () => {
      throw new Error("no such caddy");
    };
    expect(() => real.enter(refuse)).toThrow("no such caddy");
    expect(errors).toEqual([]);
    let ran = false;
    scheduler
      .timer(() => {
        ran = true;
      })
      .at(0);
    real.enter(() => {});
    expect(ran).toBe(true);
  });
});
