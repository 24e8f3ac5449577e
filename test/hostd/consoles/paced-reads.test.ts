import { expect, test } from "vitest";
import {
  pacedReads,
  READ_AGAIN_BYTES,
  READ_EVERY_MS,
} from "../../../hostd/consoles/edge/paced-reads.ts";
import { settle, TestClock } from "./bench.ts";

const buffer = Buffer.alloc(8);

async function open(bytesRead = 1) {
  const clock = new TestClock();
  const reads: number[] = [];
  const port = {
    isOpen: true,
    read: async (_into: Buffer, _offset: number, _length: number) => {
      reads.push(clock.nowMs());
      return { bytesRead };
    },
  };
  const binding = { name: "fake", open: async () => port };
  const paced = pacedReads(binding, clock);
  return { clock, reads, port, paced, opened: await paced.open() };
}

test("the first read is at once, the next ones keep their distance", async () => {
  const { clock, reads, opened, paced } = await open();
  expect(paced.name).toBe("fake");
  clock.pass(5);
  expect(await opened.read(buffer, 0, 8)).toEqual({ bytesRead: 1 });
  const second = opened.read(buffer, 0, 8);
  await settle();
  expect(reads).toEqual([5]);
  clock.pass(READ_EVERY_MS - 5);
  await second;
  expect(reads).toEqual([5, READ_EVERY_MS]);
});

test("a port that is closed meanwhile is read no more, and that is called off", async () => {
  const { clock, reads, port, opened } = await open();
  await opened.read(buffer, 0, 8);
  const second = opened.read(buffer, 0, 8);
  port.isOpen = false;
  clock.pass(READ_EVERY_MS);
  await expect(second).rejects.toMatchObject({ canceled: true });
  expect(reads).toHaveLength(1);
});

test("a line that is faster than that is read again at once", async () => {
  const { reads, opened } = await open(READ_AGAIN_BYTES);
  await opened.read(buffer, 0, 8);
  await opened.read(buffer, 0, 8);
  expect(reads).toHaveLength(2);
});
