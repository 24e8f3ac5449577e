// Somebody with a browser: a page that writes down everything that should not happen on it.

import type { Browser, BrowserContext, Page } from "playwright-core";

export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors (refusals of the content policy are among them) and uncaught exceptions. */
  readonly complaints: string[];
  /** Requests that left for anything but the server under test. */
  readonly strayRequests: string[];
}

export interface VisitorOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

export async function visit(
  browser: Browser,
  url: string,
  { width = 1400, height = 900, colorScheme = "light" }: VisitorOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strayRequests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`)) strayRequests.push(request.url());
  });
  const answer = await page.goto(`${url}/`);
  if (!answer?.ok()) throw new Error(`${url}/: ${answer?.status()} ${await answer?.text()}`);
  return { page, context, complaints, strayRequests };
}

export async function logIn(page: Page, password: string): Promise<void> {
  await page.getByLabel("User").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("listbox", { name: "Caddies" }).waitFor();
}

/** The blade of a caddy; its accessible name begins with the caddy's. */
export function blade(page: Page, name: string) {
  return page.getByRole("option", { name: new RegExp(`^${name}, `) });
}
