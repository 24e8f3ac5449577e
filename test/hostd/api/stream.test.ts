import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { EventStream, frameText } from "../../../hostd/api/stream.ts";

/** Stands for a connection whose other end does not read. */
class StuckResponse {
  destroyed = false;
  writableEnded = false;
  writableLength = 0;
  write(text: string): void {
    this.writableLength += text.length;
  }
  destroy(): void {
    this.destroyed = true;
  }
  end(): void {
    this.writableEnded = true;
  }
}

test("a reader that does not read is cut off at the bound and gets nothing more", () => {
  const response = new StuckResponse();
  const stream = new EventStream(response as unknown as ServerResponse, 100);
  const frame = { event: "job", data: "x".repeat(20) };
  const size = frameText(frame).length;
  while (stream.open && response.writableLength < 1000) stream.send(frame);
  expect(response.destroyed).toBe(true);
  expect(response.writableLength).toBe(Math.ceil(101 / size) * size);
  stream.heartbeat();
  stream.end();
  expect(response.writableLength).toBe(Math.ceil(101 / size) * size);
  expect(response.writableEnded).toBe(false);
});

test("only stored events carry an id, and no data can break a frame", () => {
  const text = "a\n\nid: 9\nevent: x";
  expect(frameText({ event: "job", data: { text } })).toBe(
    'event: job\ndata: {"text":"a\\n\\nid: 9\\nevent: x"}\n\n',
  );
  expect(frameText({ id: 7, event: "caddy.power", data: 1 })).toMatch(
    /^id: 7\nevent: caddy.power\n/,
  );
});
