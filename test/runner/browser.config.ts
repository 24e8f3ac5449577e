import { defineConfig } from "vitest/config";

// Needs Debian's chromium. One file at a time: a browser and a rack want both cores.
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
