#!/usr/bin/env node
// Starts the command line under Node 24. Plain JavaScript, so that any older Node can say what is
// wrong.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";

const WANTED = 24;
const have = Number(process.versions.node.split(".")[0]);

if (have >= WANTED) {
  // Starting makes garbage that would swell V8's nursery for good; `up` lets it grow again later.
  v8.setFlagsFromString("--semi-space-growth-factor=1");
  // Compiled sources are kept, which halves the start.
  module.enableCompileCache?.(fileURLToPath(new URL("../../.cache/node", import.meta.url)));
  const { main } = await import("./main.ts");
  await main(process.argv.slice(2));
} else {
  const own = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
  if (process.env.CADDYSHACK_REEXEC === "1" || !existsSync(own)) {
    process.stderr.write(
      `hostd needs Node ${WANTED}, this is ${process.version} (${process.execPath}).\n` +
        "Run `npm ci`, which brings its own Node, and then `npx hostd`.\n",
    );
    process.exit(2);
  }
  const env = { ...process.env, CADDYSHACK_REEXEC: "1" };
  const script = fileURLToPath(import.meta.url);
  const args = [script, ...process.argv.slice(2)];
  const child = spawn(own, args, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`cannot run ${own}: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}
