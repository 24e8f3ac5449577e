// Each of these slips in the board is one that its tests must see: a script whose outcome is right
// for the board as it is, and wrong for the board with one place changed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BOARD_FOLDER, buildBoard } from "./wemos/build.ts";
import { CHIP_RESET, Chip, type Life, STORE_SOURCES } from "./wemos/session.ts";

const folder = mkdtempSync(join(tmpdir(), "caddyshack-mutants-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Mutant {
  file: string;
  from: string;
  to: string;
  commands: readonly string[];
  /** What of the outcome must be as it is without the slip. */
  see: (life: Life, chip: Chip) => unknown;
}

const START = ["preinit", "setup"];
const pins = (life: Life) => life.events("pin", "mode", "latch", "spi");
const answers = (life: Life) => life.answers;
const CONNECTED = ["wifi up", "idle 10 0", "dns known", "open b 1", "tcp-connected", "idle 0 0"];
/** Improv: "current state?", of which the sum of all bytes is 0xE5. */
const GET_STATE = "serial 494d50524f56010302" + "0200e5";

const MUTANTS: Record<string, Mutant> = {
  "LATCH is an output before its level is set": {
    file: "outputs.cpp",
    from: "  digitalWrite(PIN_LATCH, LOW);\n  pinMode(PIN_LATCH, OUTPUT);",
    to: "  digitalWrite(PIN_LATCH, HIGH);\n  pinMode(PIN_LATCH, OUTPUT);",
    commands: START,
    see: pins,
  },
  "LOAD_N idles low": {
    file: "outputs.cpp",
    from: "digitalWrite(PIN_LOAD_N, HIGH);\n  pinMode",
    to: "digitalWrite(PIN_LOAD_N, LOW);\n  pinMode",
    commands: START,
    see: pins,
  },
  "every shift latches": {
    file: "outputs.cpp",
    from: "if ((flags & ABI_SHIFT_LATCH) != 0)",
    to: "if (count > 0)",
    commands: [...START, "shift 0 010101"],
    see: pins,
  },
  "4 MHz": {
    file: "outputs.cpp",
    from: "SPI_HZ = 1000000",
    to: "SPI_HZ = 4000000",
    commands: START,
    see: pins,
  },
  "least significant bit first": {
    file: "outputs.cpp",
    from: "MSBFIRST",
    to: "LSBFIRST",
    commands: START,
    see: pins,
  },
  "RTC memory from its first byte": {
    file: "storage.cpp",
    from: "within(offset, length, CS_RTC_HOT, CS_RTC_SIZE)) {\n    return write",
    to: "within(offset, length, 0, CS_RTC_SIZE)) {\n    return write",
    commands: [...START, "write 1 0x40 00000000"],
    see: answers,
  },
  "flash may be written anywhere": {
    file: "storage.cpp",
    from: "CS_FLASH_CONFIG_A, CS_FLASH_END)) {\n    return write",
    to: "0, CS_FLASH_SIZE)) {\n    return write",
    commands: [...START, "write 0 0x1000 00000000"],
    see: answers,
  },
  "an erase does not feed the watchdog": {
    file: "storage.cpp",
    from: "ESP.wdtFeed();",
    to: "",
    commands: [...START, "erase-us 400000", ...Array(12).fill("erase 0x227000")],
    see: answers,
  },
  "unaligned reads lose a byte": {
    file: "storage.cpp",
    from: "const uint32_t skip = offset & (WORD - 1);",
    to: "const uint32_t skip = 0 * offset;",
    commands: [...START, "write 0 0x210000 01020304", "read 0 0x210001 2"],
    see: answers,
  },
  "a watchdog's reset is one by the pin": {
    file: "figures.cpp",
    from: "ESP.getResetInfoPtr()->reason",
    to: "REASON_EXT_SYS_RST",
    commands: [...START, "figure -1"],
    see: answers,
  },
  "a chip that names another maker is believed": {
    file: "current-sense.cpp",
    from: " && value == INA3221_MAKER_TI",
    to: "",
    commands: ["maker 0 1234", ...START, "loops 500", "figure 1"],
    see: answers,
  },
  "the core's own limit for a stretched clock": {
    file: "current-sense.cpp",
    from: "STRETCH_LIMIT_US = 10;",
    to: "STRETCH_LIMIT_US = 150000;",
    commands: [...START, "bus scl-low", "idle 0 0"],
    see: answers,
  },
  "the SDK writes the credentials down": {
    file: "wifi.cpp",
    from: "WiFi.persistent(false);",
    to: "",
    commands: START,
    see: (life) => life.events("wifi"),
  },
  "the window is never opened again": {
    file: "stream.cpp",
    from: "if (stream.pcb != nullptr) tcp_recved(stream.pcb, count);",
    to: "",
    commands: [...START, ...CONNECTED, "tcp-data 0102", "receive 9", "tcp-state"],
    see: answers,
  },
  "an abort that calls back": {
    file: "stream.cpp",
    from: "    tcp_err(stream.pcb, nullptr);\n",
    to: "",
    commands: [...START, ...CONNECTED, "close"],
    see: answers,
  },
  "a stream outlives the Wi-Fi": {
    file: "stream.cpp",
    from: " || !wifi_is_up();",
    to: ";",
    commands: [...START, ...CONNECTED, "wifi down", "transmit 01"],
    see: answers,
  },
  "a late answer of the resolver is taken": {
    file: "stream.cpp",
    from: "if (!ours || stream.state != State::RESOLVING) return;",
    to: "(void)ours;",
    commands: [
      ...START,
      "wifi up",
      "idle 9 0",
      "open a 1",
      "close",
      "dns-answer known",
      "idle 0 0",
    ],
    see: (life) => life.events("tcp"),
  },
  "a pass that does not yield": {
    file: "main.cpp",
    from: "  yield();\n",
    to: "",
    commands: [...START, ...Array(40).fill(["idle 0 0", "spend-us 100000"]).flat()],
    see: answers,
  },
  "the checksum is not looked at": {
    file: "provisioning.cpp",
    from: "case IMPROV_BROKEN:",
    to: "case IMPROV_BROKEN:\n      command(now_ms);",
    commands: [...START, GET_STATE.replace(/e5$/, "e4"), "idle 0 0", "idle 0 0"],
    see: (life) => life.serial.toString("hex"),
  },
  "what does not connect is kept": {
    file: "provisioning.cpp",
    from: "if (wifi_is_up()) {",
    to: "if (now_ms != 0) {",
    commands: [
      ...START,
      // SSID "a", password "b"
      "serial 494d50524f560103060104016101" + "62b1",
      "idle 0 0",
      "idle 0 0",
    ],
    see: (_, chip) => chip.flash.subarray(0x200000, 0x202000).toString("hex"),
  },
};

function outcome(program: string, mutant: Mutant): unknown {
  const chip = new Chip();
  try {
    const life = chip.run(program, CHIP_RESET.softWatchdog, mutant.commands);
    return mutant.see(life, chip);
  } catch (error) {
    // What the fakes or the sanitizers do not bear is an outcome as well.
    return String(error);
  } finally {
    chip.remove();
  }
}

describe("a slip in the board is seen", { timeout: 120_000 }, () => {
  const options = { name: "wemos-parts", sources: STORE_SOURCES, stub: true };
  let right: string;
  beforeAll(async () => {
    right = await buildBoard(options);
  });

  test.each(Object.entries(MUTANTS))("%s", async (name, mutant) => {
    const text = readFileSync(join(BOARD_FOLDER, mutant.file), "utf8");
    expect(text.split(mutant.from)).toHaveLength(2);
    const wanted = outcome(right, mutant);
    expect(String(wanted)).not.toContain("Error");
    const home = mkdtempSync(join(folder, "mutant-"));
    const changed = join(home, mutant.file);
    writeFileSync(changed, text.replace(mutant.from, mutant.to));
    const wrong = await buildBoard({ ...options, name: "wemos-mutant", replace: changed });
    expect([name, outcome(wrong, mutant)]).not.toEqual([name, wanted]);
  });
});
