// What runs on each kind of carrier, as far as its console shows it. Versions are those of
// Raspberry Pi OS 12, Debian 12 and OpenWrt 23.05.

import type { CarrierKind } from "../carrier-types.ts";

export interface Software {
  family: "debian" | "openwrt";
  /** As the kernel and /proc/device-tree/model name the board. */
  model: string;
  release: string;
  /** `uname -v` */
  version: string;
  arch: string;
  /** Name of the console's device. */
  tty: string;
  /** /etc/os-release */
  prettyName: string;
  cmdline: string;
  memoryKib: number;
  cpus: number;
  /** MIDR of the first core, as `Booting Linux on physical CPU` prints it. */
  cpu: string;
}

const PI_VERSION = "#1 SMP PREEMPT Debian 1:6.6.51-1+rpt3 (2024-10-08)";
const DEBIAN = "Debian GNU/Linux 12 (bookworm)";
const OPENWRT = "OpenWrt 23.05.5";

function pi(model: string, flavour: string, tty: string, memoryMib: number, cpu: string): Software {
  return {
    family: "debian",
    model,
    release: `6.6.51+rpt-rpi-${flavour}`,
    version: PI_VERSION,
    arch: "aarch64",
    tty,
    prettyName: DEBIAN,
    cmdline: `console=${tty},115200 root=/dev/mmcblk0p2 rootfstype=ext4 fsck.repair=yes rootwait`,
    memoryKib: memoryMib * 1024,
    cpus: 4,
    cpu,
  };
}

function openwrt(model: string, arch: string, cpus: number, memoryMib: number): Software {
  return {
    family: "openwrt",
    model,
    release: "5.15.167",
    version: "#0 SMP Mon Sep 23 12:34:46 2024",
    arch,
    tty: "ttyS0",
    prettyName: OPENWRT,
    cmdline: "console=ttyS0,115200",
    memoryKib: memoryMib * 1024,
    cpus,
    cpu: "0x410fd034",
  };
}

export const SOFTWARE: Readonly<Record<CarrierKind, Software>> = {
  pi3: pi("Raspberry Pi 3 Model B Plus Rev 1.3", "v8", "ttyS0", 1024, "0x410fd034"),
  pi4: pi("Raspberry Pi 4 Model B Rev 1.4", "v8", "ttyS0", 4096, "0x410fd083"),
  pi5: pi("Raspberry Pi 5 Model B Rev 1.0", "2712", "ttyAMA10", 8192, "0x414fd0b1"),
  cm4: pi("Raspberry Pi Compute Module 4 Rev 1.1", "v8", "ttyS0", 2048, "0x410fd083"),
  hc1: {
    family: "debian",
    model: "Hardkernel Odroid HC1",
    release: "6.1.0-26-armmp",
    version: "#1 SMP Debian 6.1.112-1 (2024-09-30)",
    arch: "armv7l",
    tty: "ttySAC2",
    prettyName: DEBIAN,
    cmdline: "console=ttySAC2,115200n8 root=/dev/mmcblk1p2 rootwait ro",
    memoryKib: 2048 * 1024,
    cpus: 8,
    cpu: "0x100",
  },
  switch: openwrt("ZyXEL GS1900-8HP v2 Switch", "mips", 1, 128),
  router: openwrt("GL.iNet GL-MT2500", "aarch64", 2, 1024),
};

export function kernelVersion(software: Software): string {
  const { release, version, family } = software;
  const builder = family === "debian" ? "debian-kernel@lists.debian.org" : "builder@buildhost";
  return `Linux version ${release} (${builder}) (gcc 12) ${version}`;
}
