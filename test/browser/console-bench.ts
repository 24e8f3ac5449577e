// A whole hostd whose serial ports the test speaks on, and people with browsers at its consoles.

import type { Browser, Page } from "playwright-core";
import { expect, vi } from "vitest";
import { TestPorts } from "../hostd/consoles/test-ports.ts";
import { basic, startTestHostd, type TestHostd } from "../hostd/helpers.ts";
import { type Visitor, type VisitorOptions, visit } from "./visitor.ts";

const YAML = `version: 1
shack: { name: shack1, supply: { volts: 5.1, amps: 20 } }
backplanes: [ { id: bp1, slots: 3 }, { id: bp2, slots: 2 } ]
caddies:
  - { name: db1, slot: bp1/1, carrier: pi4, console: { port: usb-1 } }
  - { name: web1, slot: bp1/2, carrier: pi4, console: { port: usb-2 } }
`;

/** Everybody's but the admin's. */
const PASSWORD = "correct horse battery";
export const PLACE = "usb-1";

export class ConsoleBench {
  ports = new TestPorts();
  #run: TestHostd | null = null;
  readonly #webDir: string;
  readonly #browser: Browser;
  readonly #visitors: Visitor[] = [];
  #url = "";

  constructor(webDir: string, browser: Browser) {
    this.#webDir = webDir;
    this.#browser = browser;
  }

  get run(): TestHostd {
    if (this.#run === null) throw new Error("hostd is not up");
    return this.#run;
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    await this.#up({});
    for (const [name, role] of [
      ["ann", "operator"],
      ["bob", "operator"],
      ["vic", "viewer"],
    ]) {
      const answer = await fetch(`${this.#url}/api/v1/users`, {
        method: "POST",
        headers: { ...this.#asAdmin(), "content-type": "application/json" },
        body: JSON.stringify({ name, role, password: PASSWORD }),
      });
      expect(answer.ok).toBe(true);
    }
  }

  #asAdmin(): Record<string, string> {
    return basic("admin", this.run.password);
  }

  async #up(options: { dataDir?: string; http?: { host: string; port: number } }): Promise<void> {
    const { ports: serialPorts } = this;
    const webDir = this.#webDir;
    this.#run = await startTestHostd({ yaml: YAML, serialPorts, webDir, ...options });
    this.#url = (this.#run.hostd.urls.http ?? "").replace(/\/$/, "");
    this.ports.plug(PLACE);
    this.ports.plug("usb-2");
    await vi.waitFor(() => expect(this.ports.lines.size).toBe(2));
  }

  async goDown(): Promise<void> {
    await this.run.close(false);
  }

  /** The same hostd at the same address, with what it kept. */
  async comeBack(): Promise<void> {
    const { dataDir } = this.run;
    const port = Number(new URL(this.#url).port);
    this.ports = new TestPorts();
    await this.#up({ dataDir, http: { host: "127.0.0.1", port } });
  }

  /** Somebody at a console, with the terminal drawn and live. */
  async at(name: string, user = "admin", options: VisitorOptions = {}): Promise<Visitor> {
    const visitor = await visit(this.#browser, this.#url, options);
    this.#visitors.push(visitor);
    const { page } = visitor;
    await page.goto(`${this.#url}/#/console/${name}`);
    await page.getByLabel("User").fill(user);
    await page.getByLabel("Password").fill(user === "admin" ? this.run.password : PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();
    await live(page);
    return visitor;
  }

  print(text: string): void {
    this.ports.print(PLACE, text);
  }

  sent(): string {
    return this.ports.line(PLACE).sent;
  }

  /** What was done to the lines of the port: breaks. */
  lines(): readonly object[] {
    return this.ports.line(PLACE).lines;
  }

  /** Sends everybody home; and cleans up behind them. */
  async clear(): Promise<void> {
    for (const { context } of this.#visitors.splice(0)) await context.close();
    const line = this.ports.line(PLACE);
    line.sent = "";
    line.lines.length = 0;
    // The next one begins with an empty screen.
    this.print("\x1bc");
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.run.close();
  }
}

/** Connected, and told what the line does. */
export async function live(page: Page): Promise<void> {
  await page.getByText(/^line (open|closed)/).waitFor();
  await page.getByRole("region", { name: "People" }).getByText(", you").waitFor();
}

/** What stands on the screen, line by line, without what is empty. */
export async function screenText(page: Page): Promise<string> {
  const rows = await page.locator(".xterm-rows > div").allTextContents();
  return rows
    .map((row) => row.replaceAll("\u00a0", " ").trimEnd())
    .join("\n")
    .trim();
}

export const terminal = (page: Page) => page.getByRole("textbox", { name: /^Console of/ });

export const pen = (page: Page) => page.getByRole("region", { name: "Who writes" });
