// The suites of `npm test`, and what each needs from the machine.

export const SUITE_NAMES = ["unit", "device", "system", "browser"] as const;
export type SuiteName = (typeof SUITE_NAMES)[number];

/** The one command that makes every suite run. */
export const SETUP_COMMAND = "npm run setup:system";

export interface Suite {
  name: SuiteName;
  /** The vitest configuration, from the root of the repository. */
  config: string;
  /** Programs it starts; absolute, or looked for in the search path and the sbin folders. */
  needs: readonly string[];
}

export const SUITES: readonly Suite[] = [
  { name: "unit", config: "vitest.config.ts", needs: [] },
  {
    name: "device",
    config: "test/device/vitest.config.ts",
    needs: ["gcc", "g++", "xtensa-lx106-elf-gcc", "qemu-system-xtensa", "mosquitto"],
  },
  {
    name: "system",
    config: "test/system/vitest.config.ts",
    needs: [
      "mosquitto",
      "mosquitto_passwd",
      "mosquitto_pub",
      "mosquitto_sub",
      "socat",
      "ser2net",
      "ssh",
      "ssh-keygen",
      "gcc",
      "vcd2fst",
      "fst2vcd",
    ],
  },
  { name: "browser", config: "test/runner/browser.config.ts", needs: ["/usr/bin/chromium"] },
];

export interface SuitePlan {
  run: Suite[];
  skipped: { suite: Suite; reason: string }[];
}

/** `only` empty means all; `has` tells whether a program is on this machine. */
export function planSuites(
  only: readonly SuiteName[],
  has: (program: string) => boolean,
): SuitePlan {
  const plan: SuitePlan = { run: [], skipped: [] };
  for (const suite of SUITES) {
    if (only.length > 0 && !only.includes(suite.name)) continue;
    const missing = suite.needs.filter((program) => !has(program));
    if (missing.length === 0) plan.run.push(suite);
    else plan.skipped.push({ suite, reason: `${missing.join(", ")} not found` });
  }
  return plan;
}

export function describeSkip(suite: Suite, reason: string): string {
  return `skipped: suite ${suite.name}: ${reason}; to enable it: ${SETUP_COMMAND}`;
}
