import { expect, test, vi } from "vitest";
import { GATHER_MS, RING_BYTES, VIEWERS_MAX } from "../../../hostd/consoles/console.ts";
import { PEN_IDLE_MS } from "../../../hostd/consoles/core/people.ts";
import { consoleBench, settle } from "./bench.ts";

test("what is printed goes on record before anybody sees it", async () => {
  const bench = await consoleBench();
  const { door } = await bench.attach("ann");
  const append = vi.spyOn(bench.history, "append").mockImplementation(() => {
    expect(door.text).toBe("");
  });
  bench.print("hello");
  expect(append).toHaveBeenCalledOnce();
  expect(door.text).toBe("hello");
});

test("a quiet line is passed on at once, a pouring one put together", async () => {
  const bench = await consoleBench();
  const { door } = await bench.attach("ann");
  for (const text of ["a", "b", "c"]) bench.print(text);
  expect(door.text).toBe("a");
  bench.clock.pass(GATHER_MS);
  expect(door.text).toBe("abc");
  expect(bench.history.records.map(({ bytes }) => bytes.length)).toEqual([1, 2]);
});

test("whoever joins sees the screen as it stands, then what follows", async () => {
  const bench = await consoleBench();
  bench.print("\x1b[2J\x1b[1;1Hfirst\r\n\x1b[31mred");
  const { door } = await bench.attach("ann");
  await vi.waitFor(() => expect(door.drawn).toContain("first"));
  expect(door.drawn).toContain("\x1b[31mred");
  bench.clock.pass(GATHER_MS);
  bench.print("!");
  expect(door.text).toBe("!");
});

test("a viewer goes on where it was, and is told what is no longer kept", async () => {
  const bench = await consoleBench();
  bench.print("0123456789");
  const { door } = await bench.attach("ann", "viewer", 4);
  expect(door.text).toBe("456789");
  bench.clock.pass(GATHER_MS);
  bench.print("x".repeat(RING_BYTES + 10));
  const second = await bench.attach("bob", "viewer", 10);
  await vi.waitFor(() => expect(second.door.text.length).toBe(RING_BYTES + 10));
  bench.history.forget(10);
  const third = await bench.attach("cyd", "viewer", 4);
  await vi.waitFor(() => expect(third.door.text.length).toBe(RING_BYTES + 10));
  expect(third.door.missing).toEqual([[4, 10]]);
  const ahead = await bench.attach("dan", "viewer", 1e9);
  expect(ahead.door.text).toBe("");
});

test("a slow viewer costs the others nothing and is told what it missed", async () => {
  const bench = await consoleBench();
  const slow = await bench.attach("slow");
  const quick = await bench.attach("quick");
  slow.door.full = true;
  for (let i = 0; i < 40; i++) {
    bench.print(`${i}`.padEnd(10_000, "."));
    bench.clock.pass(GATHER_MS);
  }
  expect(quick.door.text.length).toBe(400_000);
  expect(slow.door.text).toBe("");
  slow.door.full = false;
  slow.ready();
  expect(slow.door.missing).toEqual([[0, 400_000 - RING_BYTES]]);
  expect(slow.door.text.length).toBe(RING_BYTES);
});

test("one writes, and all know who", async () => {
  const bench = await consoleBench();
  const ann = await bench.attach("ann");
  const bob = await bench.attach("bob");
  const eve = await bench.attach("eve", "viewer");
  expect(ann.type("ls\n")).toBeNull();
  expect(bench.line().sent).toBe("ls\n");
  for (const { door } of [ann, bob, eve]) {
    expect([door.writer, door.viewers]).toEqual(["ann", ["ann", "bob", "eve"]]);
  }
  expect(bob.type("x")).toBe("not-writer");
  expect(bob.take(false)).toBe("taken");
  bob.ask();
  expect(ann.door.askedBy).toBe("bob");
  expect(bob.take(true)).toBeNull();
  expect(ann.door.writer).toBe("bob");
  expect(ann.type("x")).toBe("not-writer");
  expect([eve.type("x"), eve.take(true), eve.breakLine(300)]).toEqual([
    "read-only",
    "read-only",
    "read-only",
  ]);
  bob.detach();
  expect(ann.door.writer).toBeNull();
  expect(ann.type("pwd\n")).toBeNull();
  ann.release();
  expect(bench.line().sent).toBe("ls\npwd\n");
  expect(bench.writers).toEqual([
    "- -> ann",
    "ann typed 3",
    "ann -> bob",
    "bob -> -",
    "- -> ann",
    "ann typed 4",
    "ann -> -",
  ]);
});

test("the pen of somebody who went away without leaving becomes free", async () => {
  const bench = await consoleBench();
  const ann = await bench.attach("ann");
  const bob = await bench.attach("bob");
  ann.type("x");
  bench.clock.pass(PEN_IDLE_MS - 1);
  expect(bob.type("y")).toBe("not-writer");
  bench.clock.pass(1);
  expect(bob.type("y")).toBeNull();
});

test("what is typed waits for the port, up to a bound, and is refused beyond it", async () => {
  const bench = await consoleBench();
  const ann = await bench.attach("ann");
  bench.line().room = 3;
  expect(ann.type("abcdef")).toBeNull();
  expect(bench.line().sent).toBe("abc");
  expect(ann.type("x".repeat(70_000))).toBe("too-fast");
  bench.line().room = 100;
  bench.line().events.drained();
  expect(bench.line().sent).toBe("abcdef");
});

test("a port that goes and comes back is opened again, under any name", async () => {
  const bench = await consoleBench();
  const ann = await bench.attach("ann");
  expect(ann.door.line?.line).toBe("open");
  bench.keeper.portIs(null);
  expect(ann.door.line).toMatchObject({ line: "closed", reason: "the port is gone" });
  expect(ann.type("x")).toBe("line-closed");
  bench.keeper.portIs("/dev/ttyUSB7");
  await settle();
  expect(ann.door.line?.line).toBe("open");
  expect(bench.lines[0]?.closed).toBe(true);
  // News of the line that was given up are nobody's.
  bench.lines[0]?.events.data(Buffer.from("ghost"));
  bench.print("back");
  expect(ann.door.text).toBe("back");
});

test("a port that cannot be opened is tried again, ever more seldom", async () => {
  const bench = await consoleBench();
  const ann = await bench.attach("ann");
  bench.refuseToOpen("permission denied");
  bench.line().events.closed("unplugged");
  expect(ann.door.line).toMatchObject({ line: "closed", reason: "unplugged" });
  for (const waitMs of [250, 500, 1000, 2000]) {
    bench.clock.pass(waitMs);
    await settle();
  }
  expect(ann.door.line).toMatchObject({ line: "failed", reason: "permission denied" });
  bench.refuseToOpen(null);
  bench.clock.pass(10_000);
  await settle();
  expect(ann.door.line?.line).toBe("open");
  expect(bench.lines.length).toBe(2);
});

test("break is held for its time, and let go", async () => {
  const bench = await consoleBench();
  const ann = await bench.attach("ann");
  expect(ann.breakLine(300)).toBeNull();
  bench.clock.pass(299);
  expect(bench.line().lines).toEqual([{ break: true }]);
  bench.clock.pass(1);
  expect(bench.line().lines).toEqual([{ break: true }, { break: false }]);
});

test("what was typed is kept only when that is wished for", async () => {
  for (const keepInput of [false, true]) {
    const bench = await consoleBench({ keepInput });
    const ann = await bench.attach("ann");
    ann.type("secret");
    const kinds = bench.history.records.map(({ kind }) => kind);
    expect(kinds).toEqual(keepInput ? ["input"] : []);
  }
});

test("notes stand between the output where they belong", async () => {
  const bench = await consoleBench();
  bench.print("a");
  bench.print("b");
  bench.console.note("power off by ann");
  bench.clock.pass(GATHER_MS);
  const seen = bench.history.records.map(({ kind, bytes }) => `${kind} ${Buffer.from(bytes)}`);
  expect(seen).toEqual(["output a", "output b", "note power off by ann"]);
});

test("there is a bound on viewers, and all are told when it ends", async () => {
  const bench = await consoleBench();
  const ann = await bench.attach("ann");
  for (let i = 1; i < VIEWERS_MAX; i++) await bench.attach(`v${i}`);
  await expect(bench.attach("one too many")).rejects.toThrow("too many viewers");
  await bench.console.stop();
  expect(ann.door.end).toBe("hostd stops");
  expect(bench.line().closed).toBe(true);
});
