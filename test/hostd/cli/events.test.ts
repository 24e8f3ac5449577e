// `hostd events` and `hostd events --audit`: which ones are shown, and in which words.
import { afterAll, beforeAll, expect, test } from "vitest";
import { REASONS } from "../../../firmware/abi/words.ts";
import { auditText, eventText } from "../../../hostd/cli/event-text.ts";
import { reasonText } from "../../../hostd/cli/reasons.ts";
import type { EventView } from "../../../hostd/power/views.ts";
import { startTestHostd, type TestHostd } from "../helpers.ts";
import { cli as run } from "./run.ts";

let t: TestHostd;

beforeAll(async () => {
  t = await startTestHostd();
  for (const argv of ["on db1", "cycle db1", "off db1", "on db2"]) await cli(`power ${argv}`);
});

afterAll(() => t.close());

const cli = (line: string) => run(line.split(" "), { dataDir: t.dataDir });

test("--since with --limit shows the newest, and tells how many it leaves out", async () => {
  const all = (await cli("events --since 1h --limit 1000")).out.split("\n");
  const { out, err } = await cli("events --since 1h --limit 3");
  expect(out.split("\n")).toEqual(all.slice(-3));
  expect(err).toBe(`hostd: ${all.length - 3} older ones not shown; --limit shows more`);
  expect((await cli("events --limit 3")).err).toBe("");
  const { events } = JSON.parse((await cli("events --since 1h --limit 2 --json")).out);
  expect(events).toHaveLength(2);
});

test("--caddy takes a name or an address; a backplane is told apart", async () => {
  const byName = await cli("events --caddy db2");
  expect(byName.out).toContain("power on done");
  expect((await cli("events --caddy bp2/1")).out).toBe(byName.out);
  const backplane = await cli("events --caddy bp1");
  expect([backplane.code, backplane.err.includes("'bp1/*'")]).toEqual([2, true]);
  expect((await cli("events --caddy db*")).code).toBe(2);
  const wrong = await cli("events --caddy db9");
  expect([wrong.code, wrong.err.includes("did you mean db1 or db2?")]).toEqual([3, true]);
});

test("--audit tells every command, who sent it and how it ended", async () => {
  const { code, out } = await cli("events --audit --caddy bp1/1");
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/Z {2}db1 +power cycle done \(\S+\) {2}by local:/);
  const { audit } = JSON.parse((await cli("events --audit --limit 1 --json")).out);
  expect(audit).toMatchObject([{ caddy: "db2", action: "on", state: "done" }]);
});

const event = (type: string, data: Record<string, unknown>, more: Partial<EventView> = {}) => {
  const none = { caddy: null, backplane: null, actor: null };
  const text = eventText({ id: 1, at: "T", type, ...none, ...more, data });
  return text
    .split(/ {2,}/)
    .slice(2)
    .join(" ")
    .replace(/^hostd /, "");
};

test.each([
  ["command.sent", { kind: "power", action: "on", id: "x1" }, "power on (x1)"],
  ["command.ended", { verb: "identify-on", id: null, state: "done" }, "identify on done"],
  [
    "command.ended",
    { kind: "power", action: "on", id: "x", state: "done", late: true },
    "power on done, late (x)",
  ],
  ["command.ended", { verb: "usb-off", id: "a", state: "done" }, "usb off done (a)"],
  ["command.ended", { verb: "on", id: null, state: "done" }, "power on done"],
  ["command.ended", { verb: null, id: null, state: "refused" }, "unknown command refused"],
  ["session.refused", { user: "root" }, 'wrong login as "root"'],
  ["session.refused", { user: "bp1", via: "mqtt" }, 'wrong login as "bp1" over MQTT'],
])("%s %j reads %s", (type, data, text) => {
  expect(event(type, data)).toBe(text);
});

test("who was refused is told with the place it came from", () => {
  const text = event("session.refused", { user: "a\u001b[2J" }, { actor: "192.0.2.1" });
  expect(text).toBe('wrong login as "a\\u001b[2J" by 192.0.2.1');
});

test("an audit entry of another MQTT client may lack almost everything", () => {
  const none = { job: null, kind: null, action: null, caddy: null, ended_at: null };
  const entry = { ...none, at: "T", actor: "mqtt", address: "bp1/0", state: "refused" };
  expect(auditText({ ...entry, reason: "no-slot" })).toBe(
    "T  bp1/0     unknown command refused: the backplane has no such slot (no-slot)  by mqtt",
  );
});

test("every reason a backplane gives for a command has words", () => {
  const ofConfig = ["bad-line", "bad-key", "bad-value", "repeated-key", "no-rev", "keep-failed"];
  const mine = REASONS.filter((reason) => reason !== "" && !ofConfig.includes(reason));
  expect(mine.filter((reason) => reasonText(reason) === reason)).toEqual([]);
});
