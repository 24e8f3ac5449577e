// What a carrier prints while it boots, phase by phase. The forms of the lines are those of the
// Pi's boot loaders, U-Boot, Linux, systemd and OpenWrt, so that whatever reads real consoles reads
// these. Times are milliseconds after the phase began; each phase is long over before it ends.

import type { CarrierKind } from "../carrier-types.ts";
import { kernelVersion, SOFTWARE, type Software } from "./software.ts";

export interface BootLine {
  afterMs: number;
  text: string;
  /** Bears the kernel's time stamp, and stands in dmesg. */
  kernel: boolean;
}

export interface Board {
  kind: CarrierKind;
  /** Host name. */
  name: string;
  /** Eight hexadecimal digits. */
  serial: string;
}

const plain = (afterMs: number, ...texts: string[]): BootLine[] =>
  texts.map((text, i) => ({ afterMs: afterMs + i, text, kernel: false }));
const kernel = (afterMs: number, ...texts: string[]): BootLine[] =>
  texts.map((text, i) => ({ afterMs: afterMs + i * 7, text, kernel: true }));
/** At the very beginning the kernel's clock stands still. */
const kernelZero = (...texts: string[]): BootLine[] =>
  texts.map((text) => ({ afterMs: 0, text, kernel: true }));

const GREEN = "\x1b[0;32m";
const NORMAL = "\x1b[0m";
const ok = (text: string): string => `[${GREEN}  OK  ${NORMAL}] ${text}`;
const doing = (text: string): string => `         ${text}`;

/** Pi 3: bootcode.bin with uart_2ndstage, then start.elf. */
function firmwarePi3(): BootLine[] {
  return [
    ...plain(120, "", "Raspberry Pi Bootcode", "", "Found SD card, config.txt = 1, start.elf = 1"),
    ...plain(600, "Read File: config.txt, 2208", "Read File: start.elf, 2983936 (bytes)"),
    ...plain(1100, "Read File: fixup.dat, 7269 (bytes)"),
    ...plain(1500, "MESS:00:00:01.498201:0: brfs: File read: /mfs/sd/config.txt"),
    ...plain(1700, "MESS:00:00:01.702377:0: brfs: File read: 2208 bytes"),
    ...plain(2000, "MESS:00:00:02.011904:0: Loaded 'kernel8.img' to 0x200000 size 0x8cb5a3"),
    ...plain(2300, "MESS:00:00:02.301788:0: uart: Baud rate change done..."),
  ];
}

/** Pi 4 and 5: the boot loader in EEPROM with BOOT_UART=1; newer ones print their own clock. */
function firmwareEeprom({ kind, serial }: Board): BootLine[] {
  const five = kind === "pi5";
  const revision = five ? "d04170" : kind === "cm4" ? "c03141" : "c03114";
  const clock = (seconds: string) => (five ? `  ${seconds} ` : "");
  const release = five
    ? "RPi: BOOTLOADER release VERSION:26826259 DATE: 2024/09/23 TIME: 14:02:56"
    : "RPi: BOOTLOADER release VERSION:8ba17717 DATE: 2023/01/11 TIME: 17:40:52";
  const stamp = five ? 1727096576 : 1673458852;
  const mode = `BOOTMODE: 0x06 partition 0 build-ts BUILD_TIMESTAMP=${stamp}`;
  const start = five
    ? [`${clock("6.21")}Read kernel_2712.img bytes  9235456 hnd 0x00001d8e`, ""]
    : ["Starting start4.elf @ 0xfeb00200 partition 0", "+"];
  return [
    ...plain(150, "", `${clock("3.99")}${release}`),
    ...plain(170, `${clock("4.06")}${mode} serial ${serial} boardrev ${revision} stc 421180`),
    ...plain(190, `${clock("4.16")}PM_RSTS: 0x00001000`, `${clock("4.17")}uSD voltage 3.3V`),
    ...plain(260, `${clock("4.20")}Initialising SDRAM rank 1 total-size: 32 Gbit 3200`),
    ...plain(420, `${clock("4.38")}DDR 3200 0 0 32 152`, ""),
    ...plain(700, `${clock("4.69")}Boot mode: SD (01) order f41`),
    ...plain(760, `${clock("4.75")}SD HOST: 200000000 CTL0: 0x00800000 BUS: 400000 Hz`),
    ...plain(900, `${clock("4.88")}MBR: 0x00002000, 1048576 type: 0x0c`),
    ...plain(905, `${clock("4.89")}MBR: 0x00102000,61196288 type: 0x83`),
    ...plain(920, `${clock("4.90")}Trying partition: 0`),
    ...plain(930, `${clock("4.91")}type: 32 lba: 8192 oem: 'mkfs.fat' volume: ' bootfs     '`),
    ...plain(1100, `${clock("5.08")}Read config.txt bytes     2208 hnd 0x0000002a`),
    ...plain(1500, ...start),
    ...plain(1900, "MESS:00:00:05.412066:0: brfs: File read: /mfs/sd/cmdline.txt"),
    ...plain(2100, "MESS:00:00:05.633310:0: Loaded 'kernel8.img' to 0x200000 size 0x8cb5a3"),
    ...plain(2300, "MESS:00:00:05.807204:0: uart: Baud rate change done..."),
  ];
}

function kernelStart(software: Software): BootLine[] {
  const { model, cmdline, memoryKib, cpus, cpu } = software;
  const free = Math.round(memoryKib * 0.93);
  const cores = Array.from({ length: cpus - 1 }, (_, i) => i + 1);
  return [
    ...kernelZero(
      `Booting Linux on physical CPU 0x0000000000 [${cpu}]`,
      kernelVersion(software),
      `Machine model: ${model}`,
      "efi: UEFI not found.",
      "Reserved memory: created CMA memory pool at 0x000000001ac00000, size 64 MiB",
      `Kernel command line: ${cmdline}`,
      `Memory: ${free}K/${memoryKib}K available (13120K kernel code, 2214K rwdata, 4312K rodata)`,
      "rcu: Preemptible hierarchical RCU implementation.",
    ),
    ...kernel(4, "Console: colour dummy device 80x25", "printk: console [tty1] enabled"),
    ...kernel(30, "smp: Bringing up secondary CPUs ..."),
    ...cores.flatMap((n) => kernel(30 + 3 * n, `CPU${n}: Booted secondary processor`)),
    ...kernel(70, `smp: Brought up 1 node, ${cpus} CPU${cpus > 1 ? "s" : ""}`),
    ...kernel(90, "devtmpfs: initialized", "NET: Registered PF_NETLINK/PF_ROUTE protocol family"),
  ];
}

function kernelPi(board: Board): BootLine[] {
  const software = SOFTWARE[board.kind];
  const net = board.kind === "pi3" ? "lan78xx 1-1.1.1:1.0" : "bcmgenet fd580000.ethernet";
  const uart = `${software.tty} at MMIO 0x0 (irq = 36, base_baud = 0)`;
  return [
    ...kernelStart(software),
    ...kernel(160, "clocksource: Switched to clocksource arch_sys_counter"),
    ...kernel(300, "Unpacking initramfs...", "Initialise system trusted keyrings"),
    ...kernel(700, `Serial: AMBA PL011 UART driver`, `${uart} is a PL011 rev2`),
    ...kernel(720, `printk: console [${software.tty}] enabled`),
    ...kernel(900, `${net} eth0: hardware address dc:a6:32:${mac(board.serial)}`),
    ...kernel(1300, "mmc0: SDHCI controller on fe340000.mmc [fe340000.mmc] using ADMA"),
    ...kernel(1600, "mmc0: new high speed SDHC card at address aaaa"),
    ...kernel(1620, "mmcblk0: mmc0:aaaa SD32G 29.7 GiB", " mmcblk0: p1 p2"),
    ...kernel(1900, "Freeing unused kernel memory: 4672K", "Run /init as init process"),
    ...plain(2050, "Loading, please wait..."),
    ...plain(2200, "Starting systemd-udevd version 252.31-1~deb12u1"),
    ...plain(2600, "Begin: Running /scripts/local-premount ... done."),
    ...plain(2900, "Begin: Will now check root file system ... fsck from util-linux 2.38.1"),
    ...plain(3100, "rootfs: clean, 74512/1905008 files, 812004/7649280 blocks", "done."),
    ...kernel(3500, "EXT4-fs (mmcblk0p2): mounted filesystem with ordered data mode."),
    ...plain(3600, "done.", "Begin: Running /scripts/local-bottom ... done."),
  ];
}

function userspacePi({ name, kind }: Board): BootLine[] {
  const { prettyName } = SOFTWARE[kind];
  return [
    ...kernel(60, "systemd[1]: System time before build time, advancing clock."),
    ...kernel(120, "systemd[1]: systemd 252.31-1~deb12u1 running in system mode"),
    ...kernel(130, "systemd[1]: Detected architecture arm64."),
    ...plain(180, "", `Welcome to \x1b[1m${prettyName}${NORMAL}!`, ""),
    ...kernel(240, `systemd[1]: Hostname set to <${name}>.`),
    ...kernel(600, "systemd[1]: Created slice system-getty.slice - Slice /system/getty."),
    ...plain(900, ok("Started systemd-journald.service - Journal Service.")),
    ...plain(1300, doing("Starting systemd-udevd.service - Rule-based Manager...")),
    ...plain(1700, ok("Started systemd-udevd.service - Rule-based Manager for Device Events.")),
    ...plain(2200, ok("Reached target local-fs.target - Local File Systems.")),
    ...plain(2700, doing("Starting networking.service - Raise network interfaces...")),
    ...kernel(3100, "eth0: Link is Up - 1Gbps/Full - flow control rx/tx"),
    ...plain(3500, ok("Reached target sysinit.target - System Initialization.")),
    ...plain(3900, ok("Reached target basic.target - Basic System.")),
    ...plain(4300, ok("Started dbus.service - D-Bus System Message Bus.")),
    ...plain(5000, ok("Reached target network-online.target - Network is Online.")),
    ...plain(5600, ok("Started ssh.service - OpenBSD Secure Shell server.")),
    ...plain(6200, ok("Started serial-getty@.service - Serial Getty.")),
    ...plain(6500, ok("Reached target multi-user.target - Multi-User System.")),
  ];
}

function bootHc1(board: Board): BootLine[] {
  return [
    ...plain(100, "", "U-Boot 2023.01+dfsg-2 (Debian)", "CPU:   Exynos5422 @ 800 MHz"),
    ...plain(300, "Model: Odroid XU3/XU4/HC1/HC2 based on Exynos5422", "DRAM:  2 GiB"),
    ...plain(900, "Hit any key to stop autoboot:  0 ", "Starting kernel ...", ""),
    ...later(1800, kernelStart(SOFTWARE.hc1)),
    ...later(1800, kernel(900, "ata1: SATA link up 3.0 Gbps", "sd 0:0:0:0: [sda] Attached disk")),
    ...later(1800, kernel(1300, "Run /init as init process")),
    ...plain(3200, "Loading, please wait..."),
    ...plain(4500, "", `Welcome to \x1b[1m${SOFTWARE.hc1.prettyName}${NORMAL}!`, ""),
    ...later(1800, kernel(2800, `systemd[1]: Hostname set to <${board.name}>.`)),
    ...plain(6000, ok("Reached target basic.target - Basic System.")),
    ...plain(7500, ok("Started nfs-server.service - NFS server and services.")),
    ...plain(8200, ok("Reached target multi-user.target - Multi-User System.")),
  ];
}

function bootOpenwrt({ kind, name }: Board, kernelMs: number, shareMs: number): BootLine[] {
  const software = SOFTWARE[kind];
  const at = (share: number) => kernelMs + Math.round(share * shareMs);
  return [
    ...plain(80, "", "U-Boot 2022.01 (Sep 23 2024 - 12:34:46 +0000)", `Board: ${software.model}`),
    ...plain(200, "DRAM:  OK", "Booting image at 0x46000000 ...", ""),
    ...later(kernelMs, kernelStart(software)),
    ...kernel(at(0.3), "VFS: Mounted root (squashfs filesystem) readonly on device 31:5."),
    ...kernel(at(0.4), "init: Console is alive", "procd: - early -", "procd: - init -"),
    ...kernel(at(0.7), "br-lan: port 1(lan1) entered forwarding state"),
    ...kernel(at(0.9), `procd: - init complete -`, `urandom-seed: seeded ${name}`),
  ];
}

function later(byMs: number, lines: readonly BootLine[]): BootLine[] {
  return lines.map((line) => ({ ...line, afterMs: line.afterMs + byMs }));
}

/** The lower half of a MAC address. */
function mac(serial: string): string {
  return `${serial.slice(2, 4)}:${serial.slice(4, 6)}:${serial.slice(6, 8)}`;
}

/** In the order of time. An unknown phase, and the mask ROM, print nothing. */
export function bootLines(board: Board, phase: string): readonly BootLine[] {
  const { kind } = board;
  const lines: Record<string, () => BootLine[]> =
    kind === "hc1"
      ? { boot: () => bootHc1(board) }
      : kind === "switch"
        ? { boot: () => bootOpenwrt(board, 400, 2300) }
        : kind === "router"
          ? { boot: () => bootOpenwrt(board, 1200, 9500) }
          : {
              firmware: () => (kind === "pi3" ? firmwarePi3() : firmwareEeprom(board)),
              kernel: () => kernelPi(board),
              userspace: () => userspacePi(board),
            };
  const found = lines[phase]?.() ?? [];
  return found.sort((a, b) => a.afterMs - b.afterMs);
}

/** When the kernel's clock starts, after the phase began; null: not in this phase. */
export function kernelStartMs(kind: CarrierKind, phase: string): number | null {
  if (phase === "kernel") return 0;
  if (phase !== "boot") return null;
  return { hc1: 1800, switch: 400, router: 1200 }[kind as string] ?? null;
}
