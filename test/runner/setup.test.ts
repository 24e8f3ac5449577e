// test/system/setup.sh, with every program it calls replaced: nothing on this machine is touched.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("../system/setup.sh", import.meta.url));
const SMALL = ["mosquitto", "mosquitto-clients", "gtkwave", "chromium", "fonts-dejavu-core"];
const COMPILERS = [
  ...["socat", "ser2net", "openssh-client", "gcc", "g++", "libc6-dev", "gcc-xtensa-lx106"],
  "picolibc-xtensa-lx106-elf",
  "qemu-system-misc",
];
const ALL = [...SMALL, ...COMPILERS];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "caddyshack-setup-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function program(name: string, body: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> "${folder}/log"\n${body}\n`);
  chmodSync(path, 0o755);
}

interface Machine {
  installed: string[];
  user: "root" | "somebody";
  sudo?: boolean;
  /** The first installation fails, as it does with old package lists; or each does. */
  apt?: "works" | "old lists" | "fails";
}

const policy = () => join(folder, "policy-rc.d");

function machine({ installed, user, sudo = false, apt = "works" }: Machine): void {
  const cases = installed.map((name) => `*" ${name}") echo installed ;;`).join("\n");
  // Only the last word of the call is the package.
  program("dpkg-query", `case "x $*" in ${cases} *) exit 1 ;; esac`);
  program("id", user === "root" ? "echo 0" : "echo 1000");
  const mark = `${folder}/updated`;
  const lists = `if [ "$1" = update ]; then : > "${mark}"; exit 0; fi`;
  const inForce = `[ -e "${policy()}" ] && echo "policy in force" >> "${folder}/log"`;
  const ends = { works: "exit 0", fails: "exit 100", "old lists": `[ -e "${mark}" ] || exit 100` };
  program("apt-get", [lists, inForce, ends[apt]].join("\n"));
  program("env", 'shift\n"$@"');
  if (sudo) program("sudo", '"$@"');
  program("tee", 'while read -r line; do echo "$line"; done > "$1"');
  program("rm", 'exec /bin/rm "$@"');
  for (const name of ["chmod", "systemctl"]) program(name, "exit 0");
}

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The calls of apt-get and sudo. */
  calls: string[];
  /** What happened to the policy file, and when it was in force. */
  policyCalls: string[];
}

function run(): Run {
  const { status, stdout, stderr } = spawnSync("/bin/bash", [script], {
    env: { PATH: folder, CADDYSHACK_POLICY_FILE: policy() },
    encoding: "utf8",
  });
  const log = existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : "";
  const only = (pattern: RegExp) => log.split("\n").filter((line) => pattern.test(line));
  return {
    code: status,
    stdout,
    stderr,
    calls: only(/^(apt-get|sudo)/),
    policyCalls: only(/^(tee|chmod|rm|policy)/),
  };
}

const installed = (packages: string) =>
  "apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0" +
  ` -o DPkg::Lock::Timeout=300 ${packages}`;

test("does nothing where everything is there", () => {
  machine({ installed: ALL, user: "somebody" });
  const { code, stdout, calls } = run();
  expect(calls).toEqual([]);
  expect(stdout).toContain("nothing to install");
  expect(code).toBe(0);
});

test("installs what is missing, and only that", () => {
  const there = ["mosquitto-clients", "gtkwave", "fonts-dejavu-core", ...COMPILERS];
  machine({ installed: there, user: "root" });
  const { code, stdout, calls } = run();
  expect(calls).toEqual([installed("mosquitto chromium")]);
  expect(stdout).toContain("already there: mosquitto-clients");
  expect(stdout).toContain("installed: mosquitto chromium");
  expect(code).toBe(0);
});

test("fetches the package lists only when the first try fails", () => {
  machine({ installed: ALL.slice(1), user: "root", apt: "old lists" });
  const { code, calls } = run();
  expect(calls).toEqual([installed("mosquitto"), "apt-get update -q", installed("mosquitto")]);
  expect(code).toBe(0);
});

describe("the policy that keeps Debian's broker from starting", () => {
  const inForce = () => [`tee ${policy()}`, `chmod 755 ${policy()}`, "policy in force"];

  test("is in force while apt installs, and gone afterwards", () => {
    machine({ installed: ALL.slice(1), user: "root" });
    expect(run().policyCalls).toEqual([...inForce(), `rm -f ${policy()}`]);
    expect(existsSync(policy())).toBe(false);
  });

  test("is gone after an installation that failed as well", () => {
    machine({ installed: ALL.slice(1), user: "root", apt: "fails" });
    const { code, policyCalls } = run();
    expect(policyCalls).toEqual([...inForce(), "policy in force", `rm -f ${policy()}`]);
    expect(existsSync(policy())).toBe(false);
    expect(code).toBe(100);
  });

  test("stays when it was there before", () => {
    writeFileSync(policy(), "#!/bin/sh\nexit 101\n");
    machine({ installed: ALL.slice(1), user: "root" });
    expect(run().policyCalls).toEqual(["policy in force"]);
    expect(existsSync(policy())).toBe(true);
  });
});

test("uses sudo where it must", () => {
  machine({ installed: [...ALL.slice(0, 4), ...COMPILERS], user: "somebody", sudo: true });
  const { code, calls } = run();
  expect(calls).toContain(
    `sudo env DEBIAN_FRONTEND=noninteractive ${installed("fonts-dejavu-core")}`,
  );
  expect(code).toBe(0);
});

test("says what to do where there is neither root nor sudo", () => {
  machine({ installed: [...ALL.slice(0, 4), ...COMPILERS], user: "somebody" });
  const { code, stderr, calls } = run();
  expect(stderr).toContain("needs root, and there is no sudo");
  expect(stderr).toContain("apt-get install fonts-dejavu-core");
  expect(calls).toEqual([]);
  expect(code).toBe(1);
});

test("says what to do where there is no apt", () => {
  const { code, stderr } = run();
  expect(stderr).toContain("no apt-get here");
  expect(code).toBe(1);
});
