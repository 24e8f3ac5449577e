// The real thing: hostd with its virtual rack, used through the dashboard, judged by a voltmeter.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Hostd } from "../../hostd/daemon.ts";
import type { Control } from "../../sim/rack/control.ts";
import { KEEP_ALIVE_S } from "../../sim/runtime/session.ts";
import { startChromium } from "./chromium.ts";
import { screenText } from "./console-bench.ts";
import { photograph, startVirtualHostd } from "./screenshot.ts";
import { blade, logIn, type Visitor, visit } from "./visitor.ts";

/** `off_ms` of a caddy that shack.yaml says nothing else about. */
const OFF_MS = 5_000;

let browser: Browser;
let dataDir: string;
let hostd: Hostd;
let rack: Control;
let visitor: Visitor | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "caddyshack-browser-"));
  hostd = await startVirtualHostd(dataDir);
  rack = hostd.rack?.control as Control;
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  await hostd?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

afterEach(async () => {
  await visitor?.context.close();
  visitor = undefined;
});

async function arrive(): Promise<Visitor> {
  const url = hostd.urls.http?.replace(/\/$/, "") ?? "";
  visitor = await visit(browser, url);
  const password = await readFile(hostd.adminPasswordFile, "utf8");
  await logIn(visitor.page, password.trim());
  await visitor.page.getByRole("status").getByText("Live").waitFor();
  return visitor;
}

/** Switches a caddy on by its button, unless it is. */
async function switchOn({ page }: Visitor, name: string): Promise<void> {
  await blade(page, name).click();
  const on = page.getByRole("button", { name: "On", exact: true });
  await page.getByRole("option", { name: new RegExp(`^${name}, .*, (on|off|queued)`) }).waitFor();
  if (await on.isEnabled()) await on.click();
  await page.getByRole("option", { name: new RegExp(`^${name}, .*, on`) }).waitFor();
}

const shows = (page: Page, text: RegExp) =>
  expect.poll(() => screenText(page), { timeout: 40_000 }).toMatch(text);

const edgeCounts = () => new Map(rack.names.map((name) => [name, rack.edges(name).count]));

describe("the dashboard of a virtual rack", () => {
  test("shows all 13 caddies as they stand", async () => {
    const here = await arrive();
    const { page } = here;
    expect(await page.getByRole("option").count()).toBe(13);
    for (const { name, address } of rack.truths()) {
      const label = new RegExp(`^${name}, ${address}, .*, (on|off|queued)`);
      await page.getByRole("option", { name: label }).waitFor();
    }
    expect(here.complaints).toEqual([]);
    expect(here.strayRequests).toEqual([]);
  });

  test("power-cycles one caddy: its power goes and comes back, nobody else's moves", async () => {
    const here = await arrive();
    const { page } = here;
    await switchOn(here, "web1");
    await expect.poll(() => rack.truth("web1").pwrEn).toBe(true);
    const before = edgeCounts();
    await page.getByRole("button", { name: "Cycle", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Power-cycle web1?" });
    await dialog.getByRole("button", { name: "Cycle web1" }).click();
    const job = page.getByRole("region", { name: "Newest command" });
    await job.getByText("power is off").waitFor();
    expect(rack.truth("web1").pwrEn).toBe(false);
    await job.getByText("done", { exact: true }).waitFor();

    const [cut, back, ...more] = rack.edges("web1").edges.slice(before.get("web1"));
    expect(more).toEqual([]);
    expect([cut?.on, back?.on]).toEqual([false, true]);
    expect((back?.atMs ?? 0) - (cut?.atMs ?? 0)).toBeGreaterThanOrEqual(OFF_MS);
    expect(rack.truth("web1")).toMatchObject({ pwrEn: true, pgood: true, oe: true });
    const after = edgeCounts();
    for (const [name, count] of before) {
      if (name !== "web1") expect(`${name} ${after.get(name)}`).toBe(`${name} ${count}`);
    }
    const events = page.getByRole("region", { name: "Events of web1" });
    await events.getByText("cycle done").waitFor();
    expect(here.complaints).toEqual([]);
    expect(here.strayRequests).toEqual([]);
  });

  test("identify lights the lamp on the caddy's face", async () => {
    const here = await arrive();
    const { page } = here;
    await blade(page, "web2").click();
    const identify = page.getByRole("switch", { name: "Identify" });
    await identify.click();
    await page.getByRole("option", { name: /^web2, .*identify lamp on/ }).waitFor();
    expect(rack.truth("web2").ledLocate).toBe(true);
    expect(await identify.isChecked()).toBe(true);
    expect(here.complaints).toEqual([]);
  });

  test("has consoles: one types in the page and reads the answer", async () => {
    const here = await arrive();
    const { page } = here;
    await switchOn(here, "web2");
    await page.getByRole("link", { name: "Console of web2" }).click();
    await shows(page, /web2 login:$/);
    await page.keyboard.type("root\n");
    await shows(page, /web2:~#$/);
    await page.keyboard.type("uname -n\n");
    await shows(page, /uname -n\nweb2\n/);
    await page.getByText("You write").waitFor();
    expect(here.complaints).toEqual([]);
    expect(here.strayRequests).toEqual([]);
  });

  test("sees a caddy pulled and put back by hand", async () => {
    const here = await arrive();
    const { page } = here;
    rack.pull("old1");
    await page.getByRole("option", { name: /^old1, .*, empty/ }).waitFor();
    rack.insert("old1");
    await page.getByRole("option", { name: /^old1, .*, (on|off|queued)/ }).waitFor();
    expect(here.complaints).toEqual([]);
  });

  test("marks a backplane that does not answer, and its return", async () => {
    const here = await arrive();
    const { page } = here;
    rack.hold("bp3");
    // Its connection stays half open, as a real one does: the broker waits for 1.5 keep-alives.
    const timeout = 1500 * KEEP_ALIVE_S + 10_000;
    await page.getByRole("group", { name: "Backplane bp3, offline" }).waitFor({ timeout });
    await page.getByRole("option", { name: /^build1, .*unknown, backplane offline/ }).waitFor();
    rack.release("bp3");
    await page.getByRole("group", { name: "Backplane bp3, online" }).waitFor();
    expect(here.complaints).toEqual([]);
  });

  test("has its picture taken, small enough for a README", async () => {
    const png = await photograph(hostd);
    expect(png.length).toBeGreaterThan(20_000);
    expect(png.length).toBeLessThan(150_000);
  });
});
