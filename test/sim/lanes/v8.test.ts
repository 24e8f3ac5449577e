// Lane v8: what all lanes do alike, and what only its engine and its watch over the memory do.
import { describe, expect, test } from "vitest";
import { createV8Lane, type V8LaneOptions } from "../../../sim/lanes/v8.ts";
import { describeLane } from "./lane-tests.ts";
import { module, recorder, tickDoing } from "./modules.ts";

describeLane({ name: "v8", create: (file) => createV8Lane(file) });

test("code that the engine does not accept", () => {
  const file = module().slice();
  // The answer of `abi`, i32.const 1, becomes an opcode that does not exist.
  file[file.lastIndexOf(0x0b) - 2] = 0xff;
  expect(() => createV8Lane(file)).toThrow(/does not compile/);
});

test("the name is the hash of the bytes", () => {
  const lane = createV8Lane(module());
  expect(lane.name).toBe("v8");
  expect(lane.moduleId).toMatch(/^[0-9a-f]{16}$/);
  expect(createV8Lane(module({ tick: tickDoing("") })).moduleId).not.toBe(lane.moduleId);
});

describe("a write far above the limit", () => {
  const tick = tickDoing("(i32.store8 (i32.const 60000) (i32.const 1))");
  const made = (options: V8LaneOptions) =>
    createV8Lane(module({ tick }), options).instantiate(recorder().hal);

  test("is found at once with the full check", () => {
    const instance = made({ memoryCheck: "full" });
    expect(() => instance.tick(0)).toThrow(/at 60000/);
  });

  test("is found within 256 calls with the moving window", () => {
    const instance = made({});
    expect(() => {
      for (let call = 0; call < 256; call++) instance.tick(0);
    }).toThrow(/at 60000/);
  });
});
