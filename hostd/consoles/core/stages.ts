// How far a caddy has booted, told from what it prints (docs/SPEC.md 5.5). The lines are those that
// Raspberry Pi boot loaders, Linux, systemd and OpenWrt print on a serial console. Pure.

export const STAGES = [
  "off",
  "silent",
  "bootloader",
  "firmware-netboot",
  "kernel",
  "initramfs",
  "userspace",
  "login",
  "panic",
] as const;
export type Stage = (typeof STAGES)[number];

/** Nothing printed for so long after power-on. */
export const SILENT_MS = 60_000;

/** The first that matches counts. A panic stays until the next boot begins. */
const SIGNS: readonly (readonly [Stage, RegExp])[] = [
  ["panic", /Kernel panic - not syncing|---\[ end Kernel panic/],
  ["login", /\blogin: ?$|^Please press Enter to activate this console/],
  // The EEPROM of Pi 4 and 5 (since 2024 with its own clock before every line) and bootcode.bin of
  // the Pi 3, with UART_2ND_STAGE or BOOT_UART=1.
  [
    "firmware-netboot",
    /NET_BOOT|Boot mode: NETWORK|TFTP_GET|DHCP (?:src|ack|req)|Fetching .* tftp/i,
  ],
  [
    "bootloader",
    /^(?: *\d+\.\d\d )?RPi: BOOT|Boot mode:|BOOTSYS|Raspberry Pi Bootcode|^MESS:|U-Boot \d{4}/,
  ],
  ["kernel", /Booting Linux on physical CPU|Linux version \d|^\[ {4}0\.0{6}\]/],
  ["initramfs", /Loading, please wait|Begin: Running \/scripts|\(initramfs\)|Run \/init as init/],
  [
    "userspace",
    /systemd\[1\]: |procd: - (?:early|init) -|Welcome to .*!|Reached target|INIT: version|OpenRC/,
  ],
];
const OOPS =
  /Unable to handle kernel|Internal error: Oops|BUG: |WARNING: CPU: \d+ PID:|Out of memory: Killed/;

export function stageOf(line: string): Stage | null {
  for (const [stage, sign] of SIGNS) if (sign.test(line)) return stage;
  return null;
}

export const isOops = (line: string): boolean => OOPS.test(line);

const rank = (stage: Stage): number => STAGES.indexOf(stage);
/** What begins a boot anew, whatever was there before. */
const BEGINNINGS: readonly Stage[] = ["bootloader", "firmware-netboot", "kernel"];

/** The stage after a line. It never goes back within one boot: a shell may print anything. */
export function nextStage(stage: Stage, line: string): Stage {
  const seen = stageOf(line);
  if (seen === null) return stage;
  if (stage === "panic") return seen === "bootloader" || seen === "firmware-netboot" ? seen : stage;
  if (rank(seen) > rank(stage)) return seen;
  const settled = stage === "userspace" || stage === "login";
  return settled && BEGINNINGS.includes(seen) ? seen : stage;
}
