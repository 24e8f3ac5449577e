#!/usr/bin/env node
// The door of `npm test`. Plain JavaScript, so that an old Node can read it and say what is wrong
// before it meets the first TypeScript file.
const [major] = process.versions.node.split(".").map(Number);

if (major < 24) {
  console.error(
    `error: the tests need Node 24 or newer, and this is Node ${process.versions.node}.\n` +
      "Run them with `npm test`, which uses the Node 24 that `npm ci` installs as an optional\n" +
      "dependency (Linux on x64 or arm64). If it was left out (--omit=optional), run `npm ci`\n" +
      "again without that; on other systems install Node 24 yourself.",
  );
  process.exitCode = 2;
} else {
  await import("./run.ts");
}
