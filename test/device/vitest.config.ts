import { defineConfig } from "vitest/config";

// Needs compilers and the emulator from Debian (test/system/setup.sh).
export default defineConfig({
  test: {
    include: ["test/device/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
