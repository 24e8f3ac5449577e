// The terminal of a simulated system: what is typed, byte by byte, and what comes back.

import { describe, expect, test } from "vitest";
import type { Act, Host } from "../../../sim/parts/console/shell.ts";
import { SOFTWARE } from "../../../sim/parts/console/software.ts";
import { LINE_MAX, openTty, type Tty, typed } from "../../../sim/parts/console/tty.ts";

const HOST: Host = {
  name: "db1",
  software: SOFTWARE.pi4,
  uptimeMs: 93_784_000,
  wallMs: Date.UTC(2026, 10, 23, 7, 5, 9),
  dmesg: () => ["[    0.000000] Booting Linux", "[    1.000000] done"],
};

/** Types bytes and gives what was printed, with what the machine was asked. */
function type(text: string, from: Tty = openTty(HOST).tty, host: Host = HOST) {
  let tty = from;
  let out = "";
  const acts: Act[] = [];
  let flushes = 0;
  for (const byte of Buffer.from(text)) {
    const step = typed(tty, byte, host);
    ({ tty } = step);
    out += step.out + step.prompt;
    if (step.flush) flushes++;
    if (step.act !== null) acts.push(step.act);
  }
  return { tty, out, acts, flushes };
}
const shell = () => type("root\r").tty;
/** What a command prints, without its echo and the prompts. */
function run(line: string, from = shell()): string {
  const { out } = type(`${line}\r`, from);
  const body = out.slice(out.indexOf("\r\n") + 2);
  return body.replace(/(root|pi)@db1:~[#$] $/, "");
}

describe("login", () => {
  test("begins with the issue and a prompt without an end of line", () => {
    expect(openTty(HOST).out).toBe("\r\nDebian GNU/Linux 12 db1 ttyS0\r\n\r\ndb1 login: ");
  });

  test.each([
    ["root without a password", "root\r", "root@db1:~# "],
    ["LF as well as CR", "root\n", "root@db1:~# "],
    ["pi with its password", "pi\rraspberry\r", "pi@db1:~$ "],
    ["a wrong password", "pi\rRaspberry\r", "Login incorrect\r\ndb1 login: "],
    ["nobody of that name", "admin\rraspberry\r", "Login incorrect\r\ndb1 login: "],
    ["an empty name", "\r", "\r\ndb1 login: "],
    ["a name that was mended", "rooot\x7f\x7ft\r", "root@db1:~# "],
    ["^D at the prompt", "\x04", "\r\n\r\nDebian GNU/Linux 12 db1 ttyS0\r\n\r\ndb1 login: "],
    ["^C in the middle of a name", "ro\x03", "db1 login: "],
  ])("%s", (_, keys, end) => {
    const { out } = type(keys);
    expect(out.slice(-end.length)).toBe(end);
  });

  test("a password is not echoed, and neither is the erasing of it", () => {
    expect(type("pi\rrasx\x7fpberry\x15").out).toBe("pi\r\nPassword: ");
  });

  test("OpenWrt asks for Enter, and for nothing else", () => {
    const host = { ...HOST, name: "gw1", software: SOFTWARE.router };
    const { tty, out } = openTty(host);
    expect(out).toContain("Please press Enter to activate this console.");
    expect(type("root", tty, host).out).toBe("");
    expect(type("\r", tty, host).out).toMatch(/BusyBox.*OpenWrt 23.05.5.*root@gw1:\/# $/s);
  });
});

describe("line editing", () => {
  test.each([
    ["letters are echoed", "abc", "abc"],
    ["backspace takes one back", "ab\x7f", "ab\b \b"],
    ["^H as well", "ab\b", "ab\b \b"],
    ["backspace on nothing is nothing", "\x7f\b", ""],
    ["a letter of two bytes is one column", "\u00e9\x7f", `${latin("\u00e9")}\b \b`],
    ["^U takes the line back", "abc\x15", `abc${"\b \b".repeat(3)}`],
    ["^W takes a word back", "ab cd \x17", `ab cd ${"\b \b".repeat(3)}`],
    ["^C begins anew", "ab\x03", "ab^C\r\nroot@db1:~# "],
    ["^L draws anew", "ab\f", "ab\x1b[H\x1b[2Jroot@db1:~# ab"],
    ["^D in a line is nothing", "ab\x04", "ab"],
    ["other control keys are nothing", "\x01\x02\t\x0e", ""],
    ["sequences of keys are nothing", "\x1b[D\x1b[3~\x1bOP\x1b[1;5C", ""],
    ["an empty line prompts again", "\r", "\r\nroot@db1:~# "],
  ])("%s", (_, keys, out) => {
    expect(type(keys, shell()).out).toBe(out);
  });

  test("^C throws away what waits to be printed", () => {
    expect(type("x\x03", shell()).flushes).toBe(1);
  });

  test("up and down bring back what was typed", () => {
    const { tty } = type("echo 1\recho two\r", shell());
    const erase = "\b \b";
    expect(type("\x1b[A", tty).out).toBe("echo two");
    expect(type("\x1b[A\x1b[A", tty).out).toBe(`echo two${erase.repeat(8)}echo 1`);
    expect(type("\x1b[A\x1b[A\x1b[A\x1b[B\x1b[B", tty).tty.line).toBe("");
    expect(type("\x1b[A\x1b[A\r", tty).out).toMatch(/\r\n1\r\nroot@db1:~# $/);
  });

  test("a line has an end", () => {
    const { tty, out } = type("x".repeat(LINE_MAX + 3), shell());
    expect(tty.line).toHaveLength(LINE_MAX);
    expect(out.slice(-3)).toBe("\x07\x07\x07");
  });
});

describe("commands", () => {
  test.each([
    ["uname", "Linux\r\n"],
    ["uname -r", "6.6.51+rpt-rpi-v8\r\n"],
    ["uname -sm", "Linux aarch64\r\n"],
    ["uname -z", "uname: invalid option -- 'z'\r\n"],
    ["hostname", "db1\r\n"],
    ["whoami", "root\r\n"],
    ["date", "Mon Nov 23 07:05:09 UTC 2026\r\n"],
    ["uptime", " 07:05:09 up 1 day, 2:03,  1 user,  load average: 0.08, 0.03, 0.01\r\n"],
    ["cat /proc/uptime", "93784.00 93784.00\r\n"],
    ["cat /proc/cmdline", `${SOFTWARE.pi4.cmdline}\r\n`],
    ["cat /etc/hostname /nowhere", "db1\r\ncat: /nowhere: No such file or directory\r\n"],
    ["dmesg", "[    0.000000] Booting Linux\r\n[    1.000000] done\r\n"],
    ["clear", "\x1b[H\x1b[2J\x1b[3J"],
    ["echo  one   'two  three' \"$HOSTNAME\" x$USER", "one two  three db1 xroot\r\n"],
    ["echo '$HOSTNAME'; echo a;echo b # c", "$HOSTNAME\r\na\r\nb\r\n"],
    ["false; echo $?; echo $?", "1\r\n0\r\n"],
    ["true && echo yes || echo no", "yes\r\n"],
    ["false && echo yes || echo no", "no\r\n"],
    ["nonsense; echo $?", "-bash: nonsense: command not found\r\n127\r\n"],
    ["toString", "-bash: toString: command not found\r\n"],
    ["echo x > /dev/null", ""],
    ["echo x >/etc/passwd; echo $?", "-bash: /etc/passwd: Read-only file system\r\n1\r\n"],
    ["echo x >", "-bash: syntax error near `newline'\r\n"],
    ["sync", ""],
  ])("%s", (line, out) => {
    expect(run(line)).toBe(out);
  });

  test("help names every command, and all of them can be run", () => {
    const names = run("help").split("\r\n")[1]?.trim().split(" ") ?? [];
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) expect(run(name), name).not.toContain("not found");
  });

  test("uname -a has the caddy's name in it", () => {
    expect(run("uname -a")).toMatch(/^Linux db1 6\.6\.51.* aarch64 GNU\/Linux\r\n$/);
  });

  test.each([
    ["reboot", { end: "reboot" }],
    ["shutdown -r now", { end: "reboot" }],
    ["shutdown -h now", { end: "poweroff" }],
    ["halt", { end: "poweroff" }],
    ["echo hi; poweroff; echo never", { end: "poweroff" }],
    ["echo c > /proc/sysrq-trigger", { sysrq: "c" }],
    ["echo b >/proc/sysrq-trigger", { sysrq: "b" }],
  ])("%s acts on the machine", (line, act) => {
    expect(type(`${line}\r`, shell()).acts).toEqual([act]);
  });

  test("pi may not, except with sudo", () => {
    const pi = type("pi\rraspberry\r").tty;
    expect(type("reboot\r", pi).acts).toEqual([]);
    expect(run("poweroff", pi)).toContain("authentication required");
    expect(run("echo c > /proc/sysrq-trigger", pi)).toContain("Permission denied");
    expect(type("sudo reboot\r", pi).acts).toEqual([{ end: "reboot" }]);
  });

  test.each(["exit", "logout"])("%s and ^D lead back to the login", (line) => {
    expect(type(`${line}\r`, shell()).out).toMatch(/db1 login: $/);
    expect(type("\x04", shell()).out).toMatch(/^logout\r\n.*db1 login: $/s);
  });
});

test("bytes of any kind never break it", () => {
  const all = Buffer.from(Array.from({ length: 2048 }, (_, i) => (i * 167 + (i >> 3)) & 0xff));
  let tty = openTty(HOST).tty;
  for (const byte of all) tty = typed(tty, byte, HOST).tty;
  for (const byte of Buffer.from("\x03root\r\x03hostname")) tty = typed(tty, byte, HOST).tty;
  expect(typed(tty, 13, HOST).out).toContain("db1");
});

function latin(text: string): string {
  return Buffer.from(text).toString("latin1");
}
