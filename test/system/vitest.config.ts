import { defineConfig } from "vitest/config";

// Needs Debian packages (test/system/setup.sh). One file at a time: each starts daemons.
export default defineConfig({
  test: {
    include: ["test/system/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
