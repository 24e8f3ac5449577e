// The dashboard in a real browser against a fake hostd: the states that a rack shows too seldom.

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildWeb } from "../../hostd/web/build.ts";
import { FAKE_PASSWORD, type FakeApi, startFakeApi } from "../hostd-web/fake-api.ts";
import {
  FAKE_NOW,
  fakeBackplane,
  fakeCaddy,
  fakeEvent,
  fakeJob,
  UNKNOWN,
  UNPOWERED,
} from "../hostd-web/fake-rack.ts";
import { startChromium } from "./chromium.ts";
import { blade, logIn, type Visitor, visit } from "./visitor.ts";

let browser: Browser;
let webDir: string;
let api: FakeApi;
let visitor: Visitor | undefined;

beforeAll(async () => {
  ({ dir: webDir } = await buildWeb());
  browser = await startChromium();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  api = await startFakeApi(webDir);
});
afterEach(async () => {
  await visitor?.context.close();
  visitor = undefined;
  await api.stop();
});

const isFocused = (element: { ownerDocument: { activeElement: unknown } }) =>
  element.ownerDocument.activeElement === element;
// Evaluated in the page; as text, because the types of these tests know no window.
const WIDER_THAN_WINDOW = "document.documentElement.scrollWidth > innerWidth";

/** Logged in, live, and with the eyes open for complaints. */
async function arrive(options = {}): Promise<Visitor> {
  visitor = await visit(browser, api.url, options);
  await logIn(visitor.page, FAKE_PASSWORD);
  await visitor.page.getByRole("status").getByText("Live").waitFor();
  return visitor;
}

function expectNoComplaints({ complaints, strayRequests }: Visitor): void {
  expect(complaints).toEqual([]);
  expect(strayRequests).toEqual([]);
}

describe("the session", () => {
  test("a refused log-in says so, keeps the user and asks again", async () => {
    visitor = await visit(browser, api.url);
    const { page } = visitor;
    expectNoComplaints(visitor);
    await page.getByLabel("Password").fill("guess");
    await page.getByLabel("Password").press("Enter");
    await page.getByRole("alert").getByText("User or password is wrong.").waitFor();
    expect(await page.getByLabel("User").inputValue()).toBe("admin");
    expect(await page.getByLabel("Password").evaluate(isFocused)).toBe(true);
    await logIn(page, FAKE_PASSWORD);
  });

  test("survives a reload, ends with Log out", async () => {
    const { page } = await arrive();
    await page.reload();
    await blade(page, "db1").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).waitFor();
    expect(api.writes).toEqual(["DELETE /api/v1/session {}"]);
    await page.reload();
    await page.getByRole("button", { name: "Log in" }).waitFor();
    expectNoComplaints(visitor as Visitor);
  });

  test("that hostd has forgotten leads back to the form", async () => {
    const { page } = await arrive();
    api.forgetSessions();
    await page.getByRole("alert").getByText("Your session has ended").waitFor();
  });
});

describe("the rack", () => {
  test("stands as it is: four backplanes, 13 caddies, each with its state in words", async () => {
    const here = await arrive();
    const { page } = here;
    expect(await page.getByRole("option").count()).toBe(13);
    const bays = page.getByRole("group", { name: /^Backplane/ });
    expect(await bays.count()).toBe(4);
    const sizes = await bays
      .all()
      .then((all) => Promise.all(all.map((bay) => bay.getByRole("option").count())));
    expect(sizes).toEqual([3, 3, 3, 4]);
    await page.getByRole("option", { name: "db1, bp1/3, Raspberry Pi 5, on, 1180 mA" }).waitFor();
    await page.getByRole("heading", { name: "shack1" }).waitFor();
    expect(await page.getByRole("meter", { name: "Current" }).getAttribute("max")).toBe("60000");
    expectNoComplaints(here);
  });

  test("changes live: fault, empty slot, offline backplane", async () => {
    const here = await arrive();
    const { page } = here;
    api.setCaddy(fakeCaddy("lab", { power: "fault", fault: "pgood", ...UNPOWERED }));
    api.setCaddy(fakeCaddy("disk1", { power: "empty", present: false, ...UNPOWERED }));
    for (const name of ["k3s-1", "k3s-2", "k3s-3"]) api.setCaddy(fakeCaddy(name, UNKNOWN));
    api.setBackplane(fakeBackplane("bp3", { online: false }));
    await page.getByRole("option", { name: /^lab, .*fault, power good was lost/ }).waitFor();
    await page.getByRole("option", { name: /^disk1, bp4\/2, empty/ }).click();
    await page.getByText("No caddy is in this slot").waitFor();
    await page.getByRole("group", { name: "Backplane bp3, offline" }).waitFor();
    await page.getByRole("option", { name: /^k3s-2, .*unknown, backplane offline/ }).click();
    await page.getByText("its backplane is not answering").waitFor();
    const power = page.getByRole("group", { name: "Power of k3s-2" }).getByRole("button");
    expect(await power.count()).toBe(5);
    for (const button of await power.all()) expect(await button.isDisabled()).toBe(true);
    expectNoComplaints(here);
  });

  test("is walked through with the keyboard alone", async () => {
    const here = await arrive();
    const { page } = here;
    await blade(page, "gateway").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.getByRole("complementary", { name: "db1" }).waitFor();
    expect(await blade(page, "db1").getAttribute("aria-selected")).toBe("true");
    expect(await blade(page, "db1").evaluate(isFocused)).toBe(true);
    await page.keyboard.press("End");
    await page.getByRole("complementary", { name: "old-print" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("complementary", { name: "Overview" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Close lab" }).press("Enter");
    await page.getByRole("complementary", { name: "Overview" }).waitFor();
    expect(await blade(page, "lab").evaluate(isFocused)).toBe(true);
    expectNoComplaints(here);
  });

  test.each([360, 390, 800, 1100])("fits a window of %d px", async (width) => {
    const { page } = await arrive({ width, height: 800 });
    expect(await page.evaluate(WIDER_THAN_WINDOW)).toBe(false);
    await blade(page, "old-print").click();
    await page.getByRole("button", { name: "Shut down" }).waitFor();
    expect(await page.evaluate(WIDER_THAN_WINDOW)).toBe(false);
  });
});

describe("commands", () => {
  test("power is taken only after a yes, and the job is followed to its end", async () => {
    const here = await arrive();
    const { page } = here;
    await blade(page, "db1").click();
    const cycle = page.getByRole("button", { name: "Cycle", exact: true });
    await cycle.click();
    const dialog = page.getByRole("dialog", { name: "Power-cycle db1?" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await cycle.click();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    expect(api.writes).toEqual([]);
    await cycle.click();
    await dialog.getByRole("button", { name: "Cycle db1" }).click();
    const job = page.getByRole("region", { name: "Newest command" });
    await job.getByText("sent", { exact: true }).first().waitFor();
    expect(api.writes).toEqual(['POST /api/v1/caddies/db1/power {"action":"cycle"}']);
    api.setCaddy(fakeCaddy("db1", { power: "queued", ...UNPOWERED }));
    api.setJob(fakeJob("j1", { result: "queued" }));
    await job.getByText("power is off").waitFor();
    api.setCaddy(fakeCaddy("db1"));
    api.setJob(fakeJob("j1", { state: "done", result: "done", ended_at: FAKE_NOW }));
    await job.getByText("done", { exact: true }).waitFor();
    expectNoComplaints(here);
  });

  test("identify moves when the backplane says so, not when it is clicked", async () => {
    const { page } = await arrive();
    await blade(page, "web1").click();
    const identify = page.getByRole("switch", { name: "Identify" });
    await identify.click();
    await page.getByRole("region", { name: "Newest command" }).waitFor();
    expect(api.writes).toEqual(['POST /api/v1/caddies/web1/identify {"on":true}']);
    expect(await identify.isChecked()).toBe(false);
    api.setCaddy(fakeCaddy("web1", { identify: true }));
    await page.getByRole("option", { name: /^web1, .*identify lamp on/ }).waitFor();
    expect(await identify.isChecked()).toBe(true);
  });

  test("a refusal by hostd stands beside the buttons", async () => {
    const { page } = await arrive();
    await blade(page, "web1").click();
    api.refuseNext(409, "CADDY_BUSY", "web1 has 16 commands under way already.");
    await page.getByRole("switch", { name: "USB" }).click();
    await page.getByRole("alert").getByText("16 commands under way").waitFor();
  });

  test("events appear, and lead to their caddy", async () => {
    const { page } = await arrive();
    api.addEvent(fakeEvent(0, { caddy: "lab", actor: "admin", data: { from: "on", to: "off" } }));
    const events = page.getByRole("region", { name: "Events", exact: true });
    await events.getByText("power on → off").waitFor();
    await events.getByRole("button", { name: "lab" }).click();
    const own = page.getByRole("region", { name: "Events of lab" });
    await own.getByText("power on → off").waitFor();
    api.addEvent(fakeEvent(0, { caddy: "lab", type: "caddy.presence", data: { present: true } }));
    await own.getByText("caddy inserted").waitFor();
  });
});

describe("the connection", () => {
  test("that is lost is told with its time, and nothing can be switched", async () => {
    const { page } = await arrive();
    api.addEvent(fakeEvent(0));
    await page.getByRole("region", { name: "Events", exact: true }).getByText("→ on").waitFor();
    await blade(page, "db1").click();
    await api.vanish();
    const status = page.getByRole("status").getByText(/Connection lost, as of \d\d:\d\d:\d\d/);
    await status.waitFor();
    expect(await page.getByRole("button", { name: "Off", exact: true }).isDisabled()).toBe(true);
    expect(await page.getByRole("switch", { name: "Identify" }).isDisabled()).toBe(true);
    const since = api.streams.length;
    api.setCaddy(fakeCaddy("db1", { power: "off", ...UNPOWERED }));
    await api.comeBack();
    await page.getByRole("status").getByText("Live").waitFor();
    await page.getByRole("option", { name: /^db1, .*, off/ }).waitFor();
    expect(api.streams.slice(since)).toEqual([1]);
  });

  test("is let go of while nobody sees the page, and catches up when somebody does", async () => {
    const here = await arrive();
    const { page } = here;
    const show = (state: string) =>
      page.evaluate(
        "Object.defineProperty(document, 'visibilityState', " +
          `{ configurable: true, value: "${state}" });` +
          "document.dispatchEvent(new Event('visibilitychange'))",
      );
    await show("hidden");
    await expect.poll(() => api.openStreams()).toBe(0);
    api.setCaddy(fakeCaddy("db1", { power: "off", ...UNPOWERED }));
    await show("visible");
    await page.getByRole("option", { name: /^db1, .*, off/ }).waitFor();
    await page.getByRole("status").getByText("Live").waitFor();
    expectNoComplaints(here);
  });
});
