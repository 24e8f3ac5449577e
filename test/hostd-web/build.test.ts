import { appendFile, cp, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { buildWeb, gzipBytes, sourceHash } from "../../hostd/web/build.ts";

/** Every byte is one the master Pi serves to a phone on a bad network. */
const FIRST_MAX_BYTES = 30_000;
/** The console page: nearly all of it is the terminal. */
const LATER_MAX_BYTES = 100_000;

describe("the built page", () => {
  let dir: string;
  let html: string;

  beforeAll(async () => {
    ({ dir } = await buildWeb());
    html = await readFile(join(dir, "index.html"), "utf8");
  });

  test("is fresh until a source changes, and named after its sources", async () => {
    expect(await buildWeb()).toEqual({ dir, built: false });
    expect(dir.endsWith(await sourceHash())).toBe(true);
  });

  test("is stale once a source changes, comes or goes", async () => {
    const web = fileURLToPath(new URL("../../hostd/web", import.meta.url));
    const copy = await mkdtemp(join(tmpdir(), "caddyshack-web-"));
    try {
      for (const name of ["src", "public", "vite.config.ts", "build.ts"]) {
        await cp(join(web, name), join(copy, name), { recursive: true });
      }
      const hashes = [await sourceHash(), await sourceHash(copy)];
      expect(hashes[1]).toBe(hashes[0]);
      await appendFile(join(copy, "src/main.tsx"), " ");
      hashes.push(await sourceHash(copy));
      await rename(join(copy, "src/main.tsx"), join(copy, "src/main2.tsx"));
      hashes.push(await sourceHash(copy));
      await appendFile(join(copy, "vite.config.ts"), " ");
      hashes.push(await sourceHash(copy));
      expect(new Set(hashes).size).toBe(4);
    } finally {
      await rm(copy, { recursive: true });
    }
  });

  test("stays small, and loads the terminal only when it is wanted", async () => {
    const { first, later } = await gzipBytes(dir);
    expect(first).toBeLessThan(FIRST_MAX_BYTES);
    expect(later).toBeGreaterThan(50_000);
    expect(later).toBeLessThan(LATER_MAX_BYTES);
  });

  test("gives the terminal no way to an inline style", async () => {
    const assets = await readdir(join(dir, "assets"));
    const scripts = assets.filter((name) => name.endsWith(".js"));
    const text = (
      await Promise.all(scripts.map((name) => readFile(join(dir, "assets", name), "utf8")))
    ).join("\n");
    expect(text).toContain("caddy-sheet");
    expect(text).not.toMatch(/createElement\(.style.\)|setAttribute\(.style./);
  });

  test("holds nothing that default-src 'self' refuses", async () => {
    expect(html).not.toMatch(/<style|style=|\son[a-z]+=|javascript:|data:/i);
    for (const [, attributes = "", body = ""] of html.matchAll(/<script([^>]*)>([^<]*)</g)) {
      expect(attributes).toContain('src="/assets/');
      expect(body).toBe("");
    }
    const assets = await readdir(join(dir, "assets"));
    for (const name of assets.filter((each) => each.endsWith(".css"))) {
      const css = await readFile(join(dir, "assets", name), "utf8");
      expect(css).not.toMatch(/data:|url\(["']?https?:|@import/);
    }
  });

  test("names no other host", async () => {
    const links = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) expect(link).toMatch(/^\/[^/]/);
  });
});
