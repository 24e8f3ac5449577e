// The console page in a real browser, against a whole hostd whose serial ports the test speaks on.

import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildWeb } from "../../hostd/web/build.ts";
import { startChromium } from "./chromium.ts";
import { ConsoleBench, live, PLACE, pen, screenText, terminal } from "./console-bench.ts";
import { blade, type Visitor } from "./visitor.ts";

let browser: Browser;
let bench: ConsoleBench;

beforeAll(async () => {
  const { dir } = await buildWeb();
  browser = await startChromium();
  bench = new ConsoleBench(dir, browser);
  await bench.start();
});
afterEach(() => bench.clear());
afterAll(async () => {
  await bench?.stop();
  await browser?.close();
});

const shows = ({ page }: Visitor, text: string | RegExp) =>
  expect.poll(() => screenText(page)).toMatch(text);

function expectNoComplaints({ complaints, strayRequests }: Visitor): void {
  expect(complaints).toEqual([]);
  expect(strayRequests).toEqual([]);
}

const isFocused = (element: { ownerDocument: { activeElement: unknown } }) =>
  element.ownerDocument.activeElement === element;
// Evaluated in the page; as text, because the types of these tests know no window.
const WIDER_THAN_WINDOW = "document.documentElement.scrollWidth > innerWidth";

describe("one person", () => {
  test("sees the screen as it stands, types, and reads the answer", async () => {
    bench.print("Debian GNU/Linux 13 db1 ttyS0\r\n\r\ndb1 login: ");
    const ann = await bench.at("db1", "ann");
    await shows(ann, /Debian GNU\/Linux 13 db1 ttyS0\n\ndb1 login:/);
    await terminal(ann.page).press("r");
    await ann.page.keyboard.type("oot");
    await ann.page.keyboard.press("Enter");
    await expect.poll(() => bench.sent()).toBe("root\r");
    await pen(ann.page).getByText("You write").waitFor();
    bench.print("root\r\n\x1b[38;2;255;120;40mroot@db1\x1b[0m:~# ");
    await shows(ann, /login: root\nroot@db1:~#$/);
    const colour =
      "getComputedStyle([...document.querySelectorAll('.xterm-rows span')]" +
      ".find((each) => each.textContent === 'root@db1')).color";
    expect(await ann.page.evaluate(colour)).toBe("rgb(255, 120, 40)");
    expectNoComplaints(ann);
  });

  test("finds the way from the rack and back", async () => {
    const ann = await bench.at("web1", "ann");
    const { page } = ann;
    await page.getByRole("link", { name: "Rack" }).click();
    await blade(page, "db1").click();
    await page.getByRole("link", { name: "Console of db1" }).click();
    await live(page);
    expect(await page.title()).toBe("db1 · console · Caddyshack");
    expectNoComplaints(ann);
  });

  test("leaves the terminal by a key, and has Tab in it", async () => {
    const { page } = await bench.at("db1", "ann");
    expect(await terminal(page).evaluate(isFocused)).toBe(true);
    await page.keyboard.press("Tab");
    await expect.poll(() => bench.sent()).toBe("\t");
    await page.keyboard.press("Shift+F6");
    const readOut = page.getByRole("switch", { name: "Screen reader" });
    expect(await readOut.evaluate(isFocused)).toBe(true);
    await page.keyboard.press("Space");
    expect(await readOut.isChecked()).toBe(true);
    bench.print("read this out\r\n");
    await page.locator(".xterm-accessibility").getByText("read this out").first().waitFor();
    expect(bench.sent()).toBe("\t");
    await page.reload();
    await live(page);
    expect(await readOut.isChecked()).toBe(true);
  });

  test("sends a break, and a SysRq key behind one", async () => {
    const ann = await bench.at("db1", "ann");
    const { page } = ann;
    await page.getByRole("button", { name: "Break…" }).click();
    await page.getByRole("button", { name: "Send break to db1" }).click();
    await expect.poll(() => bench.lines()).toEqual([{ break: true }, { break: false }]);
    await page.getByRole("button", { name: "Break…" }).click();
    const dialog = page.getByRole("dialog", { name: "Send a break to db1" });
    await dialog.getByLabel("What to send").selectOption("b");
    await dialog.getByText("This stops what runs on db1: reboot at once.").waitFor();
    await page.keyboard.press("Escape");
    expect(bench.sent()).toBe("");
    await page.getByRole("button", { name: "Break…" }).click();
    await dialog.getByLabel("What to send").selectOption("s");
    await dialog.getByRole("button", { name: "Send SysRq s to db1" }).click();
    await expect.poll(() => bench.sent()).toBe("s");
    expect(bench.lines()).toHaveLength(4);
    expectNoComplaints(ann);
  });

  test("is told when the line goes, and that nothing is sent then", async () => {
    const ann = await bench.at("db1", "ann");
    bench.ports.pull(PLACE);
    await ann.page.getByText(/^line closed/).waitFor();
    await terminal(ann.page).press("x");
    await ann.page.getByText("Not sent: the line is closed.").waitFor();
    bench.ports.plug(PLACE);
    await ann.page.getByText(/^line open/).waitFor();
    expect(bench.sent()).toBe("");
  });

  test.each([360, 390, 800, 1100])("has all of it in a window of %d px", async (width) => {
    bench.print(`${"long ".repeat(60)}\r\n`);
    const { page } = await bench.at("db1", "ann", { width, height: 800 });
    expect(await page.evaluate(WIDER_THAN_WINDOW)).toBe(false);
    const keys = page.getByRole("button", { name: "Control C" });
    expect(await keys.isVisible()).toBe(width <= 560);
    if (width > 560) return;
    await keys.click();
    await expect.poll(() => bench.sent()).toBe("\x03");
    expect(await terminal(page).evaluate(isFocused)).toBe(true);
  });

  test("is told of a caddy that does not exist", async () => {
    const { page } = await bench.at("db1", "ann");
    await page.goto(`${bench.url}/#/console/nobody`);
    await page
      .getByText(/nobody/)
      .first()
      .waitFor();
    await page
      .getByRole("status")
      .getByText(/no caddy|nobody/i)
      .waitFor();
  });
});

describe("two people", () => {
  test("see the same, and only one of them writes", async () => {
    const ann = await bench.at("db1", "ann");
    const bob = await bench.at("db1", "bob");
    await terminal(ann.page).press("a");
    await pen(bob.page).getByText("ann (browser) writes").waitFor();
    bench.print("seen by both\r\n");
    await shows(ann, "seen by both");
    await shows(bob, "seen by both");
    await terminal(bob.page).press("b");
    await pen(bob.page).getByText("somebody else writes").waitFor();
    expect(bench.sent()).toBe("a");
    const people = bob.page.getByRole("region", { name: "People" });
    await people.getByText("ann (browser)").waitFor();
    await people.getByText("bob (browser), you").waitFor();
  });

  test("ask and let", async () => {
    const ann = await bench.at("db1", "ann");
    const bob = await bench.at("db1", "bob");
    await terminal(ann.page).press("a");
    await bob.page.getByRole("button", { name: "Ask" }).click();
    await ann.page.getByRole("alert").getByText("bob (browser)").waitFor();
    await ann.page.getByRole("button", { name: "Let bob write" }).click();
    await pen(bob.page).getByText("Nobody writes").waitFor();
    await terminal(bob.page).press("b");
    await pen(ann.page).getByText("bob (browser) writes").waitFor();
    expect(bench.sent()).toBe("ab");
  });

  test("take over, after a yes", async () => {
    const ann = await bench.at("db1", "ann");
    const bob = await bench.at("db1", "bob");
    await terminal(ann.page).press("a");
    const takeOver = bob.page.getByRole("button", { name: "Take over", exact: true });
    await takeOver.click();
    const dialog = bob.page.getByRole("dialog", { name: "Take over db1 from ann?" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await pen(ann.page).getByText("You write").waitFor();
    await takeOver.click();
    await dialog.getByRole("button", { name: "Take over from ann" }).click();
    await pen(ann.page).getByText("bob (browser) writes").waitFor();
    await terminal(ann.page).press("x");
    await terminal(bob.page).press("b");
    await expect.poll(() => bench.sent()).toBe("ab");
    await bob.page.getByRole("button", { name: "Release" }).click();
    await pen(ann.page).getByText("Nobody writes").waitFor();
    expectNoComplaints(ann);
    expectNoComplaints(bob);
  });

  test("of whom one may look only", async () => {
    const vic = await bench.at("db1", "vic");
    const { page } = vic;
    await page.getByText("You look on").waitFor();
    await terminal(page).focus();
    await page.keyboard.type("rm -rf /");
    bench.print("looked at\r\n");
    await shows(vic, "looked at");
    expect(bench.sent()).toBe("");
    for (const name of ["Write", "Take over", "Ask", "Break…", "On", "Off"]) {
      expect(await page.getByRole("button", { name, exact: true }).count()).toBe(0);
    }
    expectNoComplaints(vic);
  });
});

describe("the history", () => {
  test("is searched, looked around in, and taken home", async () => {
    bench.print(`before\r\nneedle \x1b[31mone\x1b[0m\r\nbehind\r\n${"hay\r\n".repeat(50)}`);
    const ann = await bench.at("db1", "ann");
    const { page } = ann;
    await shows(ann, "hay");
    await page.getByLabel(/^Text, or nothing/).fill("NEEDLE");
    await page.keyboard.press("Enter");
    const found = page.getByRole("list", { name: "Lines found" });
    await found.getByText("needle").waitFor();
    expect(await found.getByRole("listitem").count()).toBe(1);
    expect(await found.locator("mark").textContent()).toBe("needle");
    await found.getByRole("button").click();
    const around = page.getByRole("list", { name: "Lines around it" });
    await around.getByText("before").last().waitFor();
    const lines = await around.locator(".line-text").allTextContents();
    const at = lines.indexOf("needle one");
    expect(lines.slice(at - 1, at + 2)).toEqual(["before", "needle one", "behind"]);
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByLabel(/^Text, or nothing/).fill("no such thing");
    await page.keyboard.press("Enter");
    await page.getByText("Nothing like that is on record.").waitFor();
    for (const [link, file, content] of [
      ["text", "db1.txt", /needle one/],
      ["asciicast", "db1.cast", /"version":2/],
    ] as const) {
      const coming = page.waitForEvent("download");
      await page.getByRole("link", { name: link, exact: true }).click();
      const download = await coming;
      expect(download.suggestedFilename()).toBe(file);
      expect(await readFile(await download.path(), "utf8")).toMatch(content);
    }
    expectNoComplaints(ann);
  });

  test("knows a time range", async () => {
    const { page } = await bench.at("db1", "ann");
    await page.getByLabel("From", { exact: true }).fill("2100-01-01T00:00");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("Nothing like that is on record.").waitFor();
    await page.getByText("Download this time as").waitFor();
  });
});

describe("a hostd that restarts", () => {
  test("costs nobody a byte: the text goes on where it was", async () => {
    const ann = await bench.at("db1", "ann");
    bench.print("\x1b[2J\x1b[Hone\r\ntwo");
    await shows(ann, /^one\ntwo$/);
    await bench.goDown();
    await ann.page.getByText("Connection lost. Trying again…").waitFor();
    await terminal(ann.page).press("x");
    await ann.page.getByText("there is no connection to hostd").waitFor();
    await bench.comeBack();
    bench.print(" three\r\nfour");
    await shows(ann, /^one\ntwo three\nfour$/);
    await terminal(ann.page).press("y");
    await expect.poll(() => bench.sent()).toBe("y");
    expect(await ann.page.getByText(/missed/).count()).toBe(0);
    // Nothing but the refused connections while hostd was away.
    expect(ann.complaints.filter((text) => !/ERR_|WebSocket connection/.test(text))).toEqual([]);
  });
});
