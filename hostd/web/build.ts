// Builds the dashboard into hostd/web/dist/<hash of everything it is made from>, so a build is
// fresh when its folder is there. A hostd that runs on serves its older build until KEPT_BUILDS
// newer ones have pushed that out; it must be started again by then.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = fileURLToPath(new URL(".", import.meta.url));
const lock = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
const BUILDERS = [
  "vite",
  "rolldown",
  "preact",
  "@preact/signals",
  "@preact/signals-core",
  "@xterm/xterm",
  "@xterm/addon-fit",
];
const KEPT_BUILDS = 5;

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The locked versions of what turns the sources into the page. Throws when the lock lacks one. */
async function builderVersions(): Promise<string> {
  const { packages } = JSON.parse(await readFile(lock, "utf8"));
  return BUILDERS.map((name) => {
    const version = packages[`node_modules/${name}`]?.version;
    if (!version) throw new Error(`package-lock.json has no ${name}: run npm ci`);
    return `${name}@${version}`;
  }).join("\n");
}

/** 16 hex digits over names and contents of all sources, the configuration and the builders. */
export async function sourceHash(root = web): Promise<string> {
  const hash = createHash("sha256").update(await builderVersions());
  const sources = [
    ...(await filesBelow(join(root, "src"))),
    ...(await filesBelow(join(root, "public"))),
  ];
  for (const file of [...sources, join(root, "vite.config.ts"), join(root, "build.ts")]) {
    const content = await readFile(file);
    hash.update(`\n${relative(root, file)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Puts `fresh` where `dir` is, atomically unless `dir` is there already. */
async function moveInto(fresh: string, dir: string): Promise<void> {
  try {
    await rename(fresh, dir);
  } catch (error) {
    // Somebody else was faster with the same sources, so the content is the same.
    if (!existsSync(join(dir, "index.html"))) throw error;
    await rm(fresh, { recursive: true, force: true });
  }
}

/** A build under way beside this one is the newest, so it is never among the old. */
async function removeOldBuilds(current: string): Promise<void> {
  const dist = join(web, "dist");
  const names = (await readdir(dist)).filter((name) => name !== current);
  const aged = await Promise.all(
    names.map(async (name) => ({ name, ms: (await stat(join(dist, name))).mtimeMs })),
  );
  const old = aged.sort((a, b) => b.ms - a.ms).slice(KEPT_BUILDS - 1);
  for (const { name } of old) await rm(join(dist, name), { recursive: true, force: true });
}

/**
 * Builds the page when its sources changed since the last build (or when forced).
 * Answers the folder to serve at `/`, and whether it was built now. Throws what Vite throws.
 */
export async function buildWeb(
  options: { force?: boolean } = {},
): Promise<{ dir: string; built: boolean }> {
  const hash = await sourceHash();
  const dir = join(web, "dist", hash);
  if (!options.force && existsSync(join(dir, "index.html"))) return { dir, built: false };
  await mkdir(join(web, "dist"), { recursive: true });
  const fresh = await mkdtemp(join(web, "dist", ".building-"));
  const { build } = await import("vite");
  try {
    await build({
      configFile: join(web, "vite.config.ts"),
      mode: "production",
      logLevel: "warn",
      build: { outDir: fresh },
    });
    if (options.force) await rm(dir, { recursive: true, force: true });
    await moveInto(fresh, dir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  await removeOldBuilds(hash);
  return { dir, built: true };
}

/**
 * What a browser loads, in bytes after gzip: with the page itself (`first`), and when it is wanted
 * (`later`).
 */
export async function gzipBytes(dir: string): Promise<{ first: number; later: number }> {
  const html = await readFile(join(dir, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name);
  const sizes = { first: 0, later: 0 };
  for (const file of await filesBelow(dir)) {
    const name = relative(dir, file);
    const when = name === "index.html" || named.includes(name) ? "first" : "later";
    sizes[when] += gzipSync(await readFile(file)).length;
  }
  return sizes;
}

if (import.meta.main) {
  const { dir, built } = await buildWeb({ force: process.argv.includes("--force") });
  const { first, later } = await gzipBytes(dir);
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  const sizes = `gzip: ${kB(first)}, the console page ${kB(later)} more`;
  console.log(`${built ? "built" : "fresh"}: ${relative(process.cwd(), dir)} (${sizes})`);
}
