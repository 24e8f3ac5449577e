// The picture of the README: `node test/browser/screenshot.ts [file.png]` starts a virtual rack,
// gives it something to do, and photographs the dashboard.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { type Hostd, startHostd } from "../../hostd/daemon.ts";
import { startChromium } from "./chromium.ts";
import { shrinkPng } from "./png.ts";
import { blade, logIn, visit } from "./visitor.ts";

const PICTURE = fileURLToPath(new URL("../../docs/img/rack.png", import.meta.url));

/** A hostd with its virtual rack on free ports; `dataDir` is the caller's to remove. */
export function startVirtualHostd(dataDir: string): Promise<Hostd> {
  const free = { host: "127.0.0.1", port: 0 };
  return startHostd({ dataDir, virtual: true, http: free, https: null, ssh: null, mqtt: free });
}

async function press(page: Page, caddy: string, button: string, yes?: string): Promise<void> {
  await blade(page, caddy).click();
  await page.getByRole("complementary", { name: caddy }).waitFor();
  await page.getByRole("button", { name: button, exact: true }).click();
  if (yes) await page.getByRole("dialog").getByRole("button", { name: yes }).click();
}

/** Brings a rack into a state worth looking at; every step waits for what it caused. */
async function pose(page: Page, settled: boolean): Promise<void> {
  const all = await page.getByRole("option").all();
  for (const each of all) {
    const name = (await each.getAttribute("aria-label"))?.split(",")[0] ?? "";
    await blade(page, name).click();
    const on = page.getByRole("button", { name: "On", exact: true });
    await page.getByRole("complementary", { name }).waitFor();
    if (await on.isEnabled()) await on.click();
  }
  for (const each of all) {
    const name = (await each.getAttribute("aria-label"))?.split(",")[0] ?? "";
    await page.getByRole("option", { name: new RegExp(`^${name}, .*, on, [1-9]`) }).waitFor();
  }
  // A caddy that has just come on draws next to nothing: the figures are better a little later.
  if (settled) await page.getByRole("option", { name: /^web1, .*, [5-9]\d\d mA/ }).waitFor();
  await blade(page, "web3").click();
  await page.getByRole("switch", { name: "Identify" }).click();
  await page.getByRole("option", { name: /^web3, .*identify lamp on/ }).waitFor();
  await press(page, "old1", "Off", "Off old1");
  await page.getByRole("option", { name: /^old1, .*, off/ }).waitFor();
  await press(page, "db1", "Cycle", "Cycle db1");
  await page.getByRole("region", { name: "Newest command" }).getByText("power is off").waitFor();
}

/** A PNG of the dashboard, small enough to keep; `settled`: once the carriers have booted. */
export async function photograph(hostd: Hostd, settled = false): Promise<Buffer> {
  const browser = await startChromium();
  try {
    const password = (await readFile(hostd.adminPasswordFile, "utf8")).trim();
    const { page } = await visit(browser, (hostd.urls.http ?? "").replace(/\/$/, ""));
    await logIn(page, password);
    await pose(page, settled);
    return shrinkPng(await page.screenshot());
  } finally {
    await browser.close();
  }
}

if (import.meta.main) {
  const { mkdir, writeFile } = await import("node:fs/promises");
  const file = process.argv[2] ?? PICTURE;
  const dataDir = await mkdtemp(join(tmpdir(), "caddyshack-picture-"));
  const hostd = await startVirtualHostd(dataDir);
  try {
    const png = await photograph(hostd, true);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, png);
    console.log(`${file}: ${png.length} bytes`);
  } finally {
    await hostd.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
