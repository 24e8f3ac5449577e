// The control lines beside a port that has none: what goes over the socket, and what answers.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { linesBeside } from "../../../hostd/flashing/edge/line-socket.ts";

let dir: string;
let server: Server | null = null;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "caddyshack-lines-"));
});
afterEach(async () => {
  await new Promise((done) => (server ? server.close(done) : done(null)));
  server = null;
  rmSync(dir, { recursive: true });
});

/** Answers what it is told to, and keeps what it heard. */
async function answering(text: string | null): Promise<string[]> {
  const heard: string[] = [];
  server = createServer((socket) => {
    socket.setEncoding("utf8").on("data", (line: string) => {
      heard.push(line);
      if (text === null) socket.destroy();
      else socket.end(text);
    });
  });
  await new Promise<void>((done) => server?.listen(join(dir, "tty.lines"), done));
  return heard;
}

test("each call is a line, and waits for its ok", async () => {
  const heard = await answering("ok\n");
  const set = await linesBeside(join(dir, "tty"));
  await set?.({ dtr: false, rts: true });
  await set?.({ dtr: true, rts: false });
  expect(heard).toEqual(["dtr=0 rts=1\n", "dtr=1 rts=0\n"]);
});

test.each([
  ["another answer", "no\n", /answers "no\\n"/],
  ["no answer", null, /hung up/],
])("%s is an error", async (_name, text, message) => {
  await answering(text);
  const set = await linesBeside(join(dir, "tty"));
  await expect(set?.({ dtr: false, rts: true })).rejects.toThrow(message);
});

test("there are none where no socket is, and where a file is", async () => {
  expect(await linesBeside(join(dir, "tty"))).toBe(null);
  writeFileSync(join(dir, "tty.lines"), "");
  expect(await linesBeside(join(dir, "tty"))).toBe(null);
});
