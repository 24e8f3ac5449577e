// Run before every script that starts TypeScript, and plain JavaScript itself: so an old Node says
// what is wrong before it meets the first TypeScript file.
const [major] = process.versions.node.split(".").map(Number);

if (major < 24) {
  console.error(
    `error: this needs Node 24 or newer, and this is Node ${process.versions.node}.\n` +
      "`npm run` uses the Node 24 that `npm ci` installs as an optional dependency (Linux on\n" +
      "x64 or arm64). If it was left out (--omit=optional), run `npm ci` again without that;\n" +
      "on other systems install Node 24 yourself.",
  );
  process.exitCode = 2;
}
