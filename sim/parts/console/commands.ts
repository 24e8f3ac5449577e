// The commands of the small shell.

import type { Command, Host } from "./shell.ts";
import { kernelVersion } from "./software.ts";

const lines = (...texts: string[]): string => texts.map((text) => `${text}\r\n`).join("");

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (value: number): string => String(value).padStart(2, "0");

function clock(date: Date): string {
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
}

/** As `date` prints it in UTC. */
function dateText(wallMs: number): string {
  const date = new Date(wallMs);
  const day = `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]}`;
  const number = String(date.getUTCDate()).padStart(2);
  return `${day} ${number} ${clock(date)} UTC ${date.getUTCFullYear()}`;
}

function uptimeText({ uptimeMs, wallMs }: Host): string {
  const minutes = Math.floor(uptimeMs / 60_000);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const short = hours > 0 ? `${hours % 24}:${two(minutes % 60)}` : `${minutes} min`;
  const up = days > 0 ? `${days} day${days > 1 ? "s" : ""}, ${short}` : short;
  return ` ${clock(new Date(wallMs))} up ${up},  1 user,  load average: 0.08, 0.03, 0.01`;
}

const FILES: Readonly<Record<string, (host: Host) => string>> = {
  "/proc/cmdline": ({ software }) => lines(software.cmdline),
  "/proc/version": ({ software }) => lines(kernelVersion(software)),
  "/proc/uptime": ({ uptimeMs }) =>
    lines(`${(uptimeMs / 1000).toFixed(2)} ${(uptimeMs / 1000).toFixed(2)}`),
  "/proc/device-tree/model": ({ software }) => lines(software.model),
  "/etc/hostname": ({ name }) => lines(name),
  "/etc/os-release": ({ software }) =>
    lines(`PRETTY_NAME="${software.prettyName}"`, `ID=${software.family}`),
};

const cat: Command = (args, { host }) => {
  let [out, code] = ["", 0];
  for (const file of args) {
    const read = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
    if (read === undefined) code = 1;
    out += read?.(host) ?? lines(`cat: ${file}: No such file or directory`);
  }
  return { out, code };
};

const uname: Command = (args, { host }) => {
  const { release, version, arch } = host.software;
  const all: readonly (readonly [string, string])[] = [
    ["s", "Linux"],
    ["n", host.name],
    ["r", release],
    ["v", version],
    ["m", arch],
    ["o", "GNU/Linux"],
  ];
  const flags = args.join("").replaceAll("-", "") || "s";
  const bad = [...flags].find((flag) => !"asnrvmo".includes(flag));
  if (bad !== undefined) return { out: lines(`uname: invalid option -- '${bad}'`), code: 1 };
  const wanted = all.filter(([flag]) => flags.includes("a") || flags.includes(flag));
  return { out: lines(wanted.map(([, value]) => value).join(" ")) };
};

const end =
  (kind: "reboot" | "poweroff"): Command =>
  (_args, { user }) =>
    user === "root"
      ? { act: { end: kind } }
      : { out: lines(`Failed to ${kind}: Interactive authentication required.`), code: 1 };

const shutdown: Command = (args, context) =>
  end(args.includes("-r") ? "reboot" : "poweroff")(args, context);

const help: Command = () => ({
  out: lines("A simulated machine. It knows:", `  ${Object.keys(COMMANDS).sort().join(" ")}`),
});

const exit: Command = () => ({ exit: true });

export const COMMANDS: Readonly<Record<string, Command>> = {
  cat,
  clear: () => ({ out: "\x1b[H\x1b[2J\x1b[3J" }),
  date: (_args, { host }) => ({ out: lines(dateText(host.wallMs)) }),
  dmesg: (_args, { host }) => ({ out: lines(...host.dmesg()) }),
  echo: (args) =>
    args[0] === "-n" ? { out: args.slice(1).join(" ") } : { out: lines(args.join(" ")) },
  exit,
  false: () => ({ code: 1 }),
  halt: end("poweroff"),
  help,
  hostname: (_args, { host }) => ({ out: lines(host.name) }),
  logout: exit,
  poweroff: end("poweroff"),
  reboot: end("reboot"),
  shutdown,
  sync: () => ({}),
  true: () => ({}),
  uname,
  uptime: (_args, { host }) => ({ out: lines(uptimeText(host)) }),
  whoami: (_args, { user }) => ({ out: lines(user) }),
};
