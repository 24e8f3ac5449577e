// What Linux says on a console apart from its boot: time stamps, Magic SysRq, a panic, the end.

import type { Software } from "./software.ts";

/** `[   12.345678] `; the microseconds are made up, but always the same ones. */
export function stamp(ms: number): string {
  const micros = ms === 0 ? 0 : (ms * 7919 + 131) % 1000;
  const seconds = Math.floor(ms / 1000);
  const rest = String(Math.floor(ms % 1000) * 1000 + micros).padStart(6, "0");
  return `[${String(seconds).padStart(5)}.${rest}] `;
}

const SYSRQ_HELP = [
  "HELP : loglevel(0-9) reboot(b) crash(c) show-all-locks(d) terminate-all-tasks(e)",
  "memory-full-oom-kill(f) kill-all-tasks(i) sync(s) show-task-states(t) poweroff(o) unmount(u)",
].join(" ");

/** Lines of the kernel's log for a SysRq key; an unknown key gives the help, as in Linux. */
export function sysrqLines(key: string): readonly string[] {
  const said: Record<string, readonly string[]> = {
    b: ["sysrq: Resetting"],
    c: ["sysrq: Trigger a crash"],
    o: ["sysrq: Power Off"],
    s: ["sysrq: Emergency Sync", "Emergency Sync complete"],
    u: ["sysrq: Emergency Remount R/O", "Emergency Remount complete"],
    t: ["sysrq: Show State", "task:systemd         state:S stack:0     pid:1     ppid:0"],
  };
  if (/^\d$/.test(key)) return ["sysrq: Changing Loglevel", `sysrq: Loglevel set to ${key}`];
  return said[key] ?? [`sysrq: ${SYSRQ_HELP}`];
}

const TRACE = [
  "dump_backtrace+0xa0/0x100",
  "show_stack+0x20/0x38",
  "dump_stack_lvl+0x60/0x80",
  "dump_stack+0x18/0x28",
  "panic+0x330/0x398",
  "sysrq_handle_crash+0x20/0x28",
  "__handle_sysrq+0x8c/0x1a0",
  "write_sysrq_trigger+0x9c/0xd0",
  "proc_reg_write+0xa0/0xf0",
  "vfs_write+0xcc/0x330",
  "ksys_write+0x78/0x120",
  "el0_svc+0x38/0x100",
];

export function panicLines({ release, version, model }: Software): readonly string[] {
  return [
    "Kernel panic - not syncing: sysrq triggered crash",
    `CPU: 2 PID: 612 Comm: bash Tainted: G         C         ${release} ${version}`,
    `Hardware name: ${model} (DT)`,
    "Call trace:",
    ...TRACE.map((line) => ` ${line}`),
    "SMP: stopping secondary CPUs",
    "Kernel Offset: disabled",
    "CPU features: 0x0,80000200,3c020000,0000421b",
    "Memory Limit: none",
    "---[ end Kernel panic - not syncing: sysrq triggered crash ]---",
  ];
}

export type EndKind = "reboot" | "poweroff";

/** What user space says when it ends: after so many milliseconds, the text. */
export function endingLines(software: Software, kind: EndKind): readonly [number, string][] {
  if (software.family === "openwrt") return [[50, "procd: - shutdown -"]];
  const target = kind === "reboot" ? "reboot.target" : "poweroff.target";
  const what = kind === "reboot" ? "System Reboot" : "System Power Off";
  const ok = (text: string) => `[\x1b[0;32m  OK  \x1b[0m] ${text}`;
  return [
    [60, ok("Stopped target multi-user.target - Multi-User System.")],
    [160, ok("Stopped ssh.service - OpenBSD Secure Shell server.")],
    [420, ok("Stopped target basic.target - Basic System.")],
    [700, ok("Unmounted boot-firmware.mount - /boot/firmware.")],
    [1100, ok("Reached target umount.target - Unmount All Filesystems.")],
    [1300, ok(`Reached target ${target} - ${what}.`)],
  ];
}

export const LAST_WORDS: Readonly<Record<EndKind, string>> = {
  reboot: "reboot: Restarting system",
  poweroff: "reboot: Power down",
};
