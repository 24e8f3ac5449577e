// Commands to several caddies when hostd itself gets into trouble on the way.
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CaddyError } from "../../../hostd/errors.ts";
import { tempDir } from "../helpers.ts";
import { type Answer, type FakeHostd, fakeHostd, job, refuse, send } from "./fake-hostd.ts";
import { cli } from "./run.ts";

let dataDir: string;
let hostd: FakeHostd | null = null;

beforeEach(() => {
  dataDir = tempDir();
});

afterEach(async () => {
  await hostd?.close();
  hostd = null;
  rmSync(dataDir, { recursive: true, force: true });
});

async function run(answer: Answer, ...argv: string[]) {
  hostd = await fakeHostd(dataDir, answer);
  return cli(argv, { dataDir });
}

const caddyOf = (what: string) => /^POST \/api\/v1\/caddies\/(\w+)\//.exec(what)?.[1];

/** Takes the first command and is gone at the second. */
const diesMidway: Answer = (what, response, request) => {
  const name = caddyOf(what);
  if (name === "db1") send(response, 202, job(name));
  else if (name !== undefined) request.socket.destroy();
  return name !== undefined;
};

test("what was sent is told, when hostd goes away between two commands", async () => {
  const { code, out, err } = await run(diesMidway, "power", "on", "db*", "--no-wait");
  expect(code).toBe(6);
  expect(out).toMatch(/^db1 {2}sent$/m);
  expect(out).toMatch(/^db2 {2}on: failed: .*hostd closed the connection$/m);
  expect(out).toMatch(/^3 caddies: 1 sent, 2 failed$/m);
  expect(err).toContain("CADDY_UNREACHABLE");
});

test("and --json has it too, with the error in the shape of all errors", async () => {
  const { code, out } = await run(diesMidway, "power", "on", "db*", "--no-wait", "--json");
  const { results, error } = JSON.parse(out);
  expect(code).toBe(6);
  expect(results).toMatchObject([
    { caddy: "db1", state: "sent", id: "j-db1" },
    { caddy: "db2", state: "failed", id: null },
    { caddy: "db3", state: "failed", id: null },
  ]);
  expect(Object.keys(error)).toEqual(["code", "title", "detail", "remedy"]);
  expect(error.code).toBe("CADDY_UNREACHABLE");
});

test("hostd that goes away while one waits: what it was doing may still happen", async () => {
  let stream: { end(): void } | null = null;
  const dies: Answer = (what, response) => {
    if (what === "GET /api/v1/events") {
      stream = response;
      return false;
    }
    const name = caddyOf(what);
    if (name === undefined) return false;
    send(response, 202, job(name));
    if (name === "db2") response.on("finish", () => stream?.end());
    return true;
  };
  const { code, out, err } = await run(dies, "power", "on", "db1", "db2");
  expect(code).toBe(6);
  expect(out.match(/no result yet; it may still happen/g)).toHaveLength(2);
  expect(err).toContain("hostd ended the stream");
});

test("with no stream free, it asks for each command's end", async () => {
  const busy: Answer = (what, response) => {
    const name = caddyOf(what);
    const ended = "2026-01-01T00:00:01.500Z";
    if (what === "GET /api/v1/events") {
      refuse(response, new CaddyError("CADDY_TOO_MANY_STREAMS", "64 streams are open"));
    } else if (name !== undefined) send(response, 202, job(name));
    else if (what.startsWith("GET /api/v1/jobs/j-db1?wait_ms=")) {
      send(response, 200, job("db1", { state: "done", result: "done", ended_at: ended }));
    } else if (what.startsWith("GET /api/v1/jobs/j-db2?wait_ms=")) {
      const end = { state: "refused", result: "refused", reason: "stopping", ended_at: ended };
      send(response, 200, job("db2", end));
    } else return false;
    return true;
  };
  const { code, out } = await run(busy, "power", "on", "db1", "db2");
  expect(out).toMatch(/^db1 {2}on: done after 1\.5 s$/m);
  expect(out).toMatch(/^db2 {2}on: refused after 1\.5 s: it is shutting down \(stopping\)$/m);
  expect(code).toBe(1);
});

test("when the first command cannot even be sent, only that is said", async () => {
  const dead: Answer = (what, _response, request) => {
    if (caddyOf(what) !== undefined) request.socket.destroy();
    return caddyOf(what) !== undefined;
  };
  const { code, out } = await run(dead, "power", "on", "db1", "db2");
  expect([code, out]).toEqual([6, ""]);
  expect(hostd?.asked.filter((what) => what.startsWith("POST"))).toHaveLength(1);
});

test("an accepted shutdown says when the power is cut", async () => {
  const shuts: Answer = (what, response) => {
    if (what === "GET /api/v1/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const queued = job("db1", { action: "shutdown", result: "queued" });
      response.write(`event: job\ndata: ${JSON.stringify(queued)}\n\n`);
      return true;
    }
    const name = caddyOf(what);
    if (name !== undefined) send(response, 202, job(name, { action: "shutdown" }));
    return name !== undefined;
  };
  const { code, out } = await run(shuts, "power", "shutdown", "db1", "--timeout", "200ms");
  expect(code).toBe(5);
  expect(out.split("\n")[0]).toBe("db1  shutdown: shutting down, power is cut after at most 60 s");
});
