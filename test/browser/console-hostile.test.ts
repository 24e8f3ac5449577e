// A caddy that prints what it should not, and people with names that nobody has: neither reaches
// anything but the screen.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildWeb } from "../../hostd/web/build.ts";
import { startChromium } from "./chromium.ts";
import { ConsoleBench, pen, screenText, terminal } from "./console-bench.ts";

const EVIL = '<img src="x" onerror="document.title=1">';
const TITLE = "db1 · console · Caddyshack";

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

/** Everything printed before it has been drawn as well. */
async function printed(page: Page, text: string): Promise<void> {
  bench.print(`${text}\r\n<end>`);
  await expect.poll(() => screenText(page)).toContain("<end>");
}

describe("what a caddy prints", () => {
  test.each([
    ["icon and title", "\x1b]0;evil\x07"],
    ["icon", "\x1b]1;evil\x07"],
    ["title", "\x1b]2;evil\x1b\\"],
    ["a title without an end", "\x1b]2;evil\x18"],
    ["a title from the stack", "\x1b[22t\x1b[23;2t"],
  ])("does not set the title: %s", async (_what, sequence) => {
    const { page, complaints } = await bench.at("db1", "ann");
    await printed(page, `${sequence}after`);
    expect(await page.title()).toBe(TITLE);
    expect(await screenText(page)).not.toContain("evil");
    expect(await screenText(page)).toContain("after");
    expect(complaints).toEqual([]);
  });

  test("does not reach the clipboard", async () => {
    const { page, context, complaints } = await bench.at("db1", "ann");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.evaluate("navigator.clipboard.writeText('mine')");
    const evil = Buffer.from("evil").toString("base64");
    await printed(page, `\x1b]52;c;${evil}\x07\x1b]52;p;${evil}\x1b\\\x1b]52;c;?\x07`);
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe("mine");
    expect(bench.sent()).toBe("");
    expect(complaints).toEqual([]);
  });

  test("does not change the page's colours, nor hide text in them", async () => {
    const { page } = await bench.at("db1", "ann");
    const background = "getComputedStyle(document.querySelector('.terminal-host')).backgroundColor";
    const before = await page.evaluate(background);
    await printed(page, "\x1b]11;#ffffff\x07\x1b]10;#ffffff\x07\x1b]4;1;#000000\x07visible");
    expect(await page.evaluate(background)).toBe(before);
    const ink = "getComputedStyle(document.querySelector('.xterm-rows')).color";
    expect(await page.evaluate(ink)).toBe("rgb(230, 234, 240)");
    await printed(page, "\x1b[38;2;18;22;27mfound out\x1b[0m");
    const hidden =
      "getComputedStyle([...document.querySelectorAll('.xterm-rows span')]" +
      ".find((each) => each.textContent.includes('found out'))).color";
    expect(await page.evaluate(hidden)).not.toBe("rgb(18, 22, 27)");
  });

  test("is not answered as if somebody had typed, but for the one who writes", async () => {
    const questions =
      "\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[4$p\x1b[?1$p\x1bP$qm\x1b\\\x1b[18t";
    const ann = await bench.at("db1", "ann");
    const bob = await bench.at("db1", "bob");
    await printed(ann.page, `${questions}\x1b]10;?\x07\x1b]4;1;?\x07\x1b[?1004h`);
    await expect.poll(() => screenText(bob.page)).toContain("<end>");
    await bob.page.getByLabel(/^Text, or nothing/).focus();
    await pen(ann.page).getByText("Nobody writes").waitFor();
    expect(bench.sent()).toBe("");
    await terminal(ann.page).press("a");
    await pen(ann.page).getByText("You write").waitFor();
    bench.print("\x1b[5n");
    await expect.poll(() => bench.sent()).toContain("\x1b[0n");
    expect(bench.sent().split("\x1b[0n")).toHaveLength(2);
  });

  test("rings no bell and stops nobody, however often it tries", async () => {
    const { page, complaints } = await bench.at("db1", "ann");
    const heard =
      "window.rung = 0; for (const name of ['AudioContext', 'Audio'])" +
      " window[name] = class { constructor() { window.rung += 1; } };";
    await page.evaluate(heard);
    await printed(page, "\x07".repeat(5000));
    expect(await page.evaluate("window.rung")).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("links lead only where the reader has seen them lead", async () => {
    const { page, context, complaints } = await bench.at("db1", "ann");
    const link = (uri: string, text: string) => `\x1b]8;;${uri}\x1b\\${text}\x1b]8;;\x1b\\\r\n`;
    const good = "http://127.0.0.1:9/seen";
    await printed(
      page,
      link(good, "https://bank.example") + link("javascript:document.title=1", "bad"),
    );
    const row = (text: string) => page.locator(".xterm-rows > div", { hasText: text });
    await row("bad").click({ position: { x: 10, y: 5 }, force: true });
    await row("https://bank.example").hover({ position: { x: 20, y: 5 }, force: true });
    await page.locator("#console-keys").getByText(good).waitFor();
    await row("https://bank.example").click({ position: { x: 20, y: 5 }, force: true });
    const dialog = page.getByRole("dialog", { name: "Follow this link?" });
    await dialog.getByText(good).waitFor();
    const open = dialog.getByRole("link", { name: "Open in a new tab" });
    expect(await open.getAttribute("href")).toBe(good);
    expect(await open.getAttribute("rel")).toBe("noopener noreferrer");
    expect(context.pages()).toHaveLength(1);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await page.title()).toBe(TITLE);
    expect(complaints).toEqual([]);
  });

  test("is text in the history as well", async () => {
    const { page, complaints } = await bench.at("db1", "ann");
    await printed(page, `needle ${EVIL}`);
    await page.getByLabel(/^Text, or nothing/).fill("needle <img");
    await page.keyboard.press("Enter");
    await page
      .getByRole("list", { name: "Lines found" })
      .getByText(/onerror/)
      .click();
    await page
      .getByRole("list", { name: "Lines around it" })
      .getByText(/onerror/)
      .waitFor();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe(TITLE);
    expect(complaints).toEqual([]);
  });
});

describe("names", () => {
  test("of people are text", async () => {
    const { page, complaints } = await bench.at("db1", "ann");
    const person = (id: string, user: string) => ({ id, user, role: EVIL, via: EVIL, since: "" });
    const viewers = [person("a", EVIL), person("b", `b${EVIL}`)];
    const say = [
      { type: "hello", viewer: viewers[0], first: 0, end: 0 },
      { type: "people", writer: viewers[1], viewers },
      { type: "asked", by: viewers[1] },
      { type: "status", line: EVIL, reason: EVIL, settings: { baud: 1, line: EVIL } },
      { type: "refused", what: EVIL, reason: EVIL },
    ];
    await page.routeWebSocket(/\/console\/ws/, (socket) => {
      for (const message of say) socket.send(JSON.stringify(message));
    });
    await page.reload();
    await pen(page).getByText(`b${EVIL} (${EVIL}) writes`).waitFor();
    await page.getByText(`hostd refused: ${EVIL}`).waitFor();
    await page.getByRole("button", { name: "Take over" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe(TITLE);
    expect(complaints).toEqual([]);
  });

  test("of caddies are text, and no way out of the API", async () => {
    const { page, strayRequests } = await bench.at("db1", "ann");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    for (const name of [EVIL, "../../session", "..%2f..%2fsession"]) {
      await page.goto(`${bench.url}/#/console/${encodeURIComponent(name)}`);
      await page.getByRole("heading", { name, exact: true }).waitFor();
    }
    await page
      .getByText(/no caddy|not/i)
      .first()
      .waitFor();
    expect(await page.locator("img").count()).toBe(0);
    expect(asked.filter((path) => path === "/api/v1/session")).toEqual([]);
    expect(strayRequests).toEqual([]);
  });
});
