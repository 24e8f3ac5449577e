// The console page in a real browser, against a whole hostd whose serial ports the test speaks on.

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildWeb } from "../../hostd/web/build.ts";
import { startChromium } from "./chromium.ts";
import { ConsoleBench, pen, screenText, terminal } from "./console-bench.ts";
import type { Visitor } from "./visitor.ts";

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
    expectNoComplaints(ann);
  });
});
