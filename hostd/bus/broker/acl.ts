// Who may publish and read what (docs/SPEC.md 3), as one table. The embedded broker asks it at
// every packet, and the Mosquitto files are written from it.

export const HOSTD_ACCOUNT = "hostd";
export const ADMIN_ACCOUNT = "admin";

export interface AccessRules {
  account: string;
  /** Topic filters as docs/SPEC.md 3 has them; `+` and a last `#` as in MQTT. */
  write: readonly string[];
  /** The same with the slots spelled out: what is enforced. */
  publish: readonly string[];
  read: readonly string[];
}

/** A backplane's account, which is its client id too. */
export function backplaneAccount(shack: string, backplane: string): string {
  return `${shack}/${backplane}`;
}

const BACKPLANE_WRITES = [
  "status",
  "info",
  "config/ack",
  "module/result",
  "+/ack",
  "+/state",
] as const;
const COMMANDS = ["+/power/set", "+/usb/set", "+/identify/set"] as const;
const BACKPLANE_READS = ["config", ...COMMANDS, "module/#"] as const;
const EVERYTHING = ["caddyshack/#", "homeassistant/#"] as const;
/** The most a backplane has (docs/SPEC.md 1); an ack may also be of slot 0 (2.2). */
const SLOTS = [1, 2, 3, 4] as const;

/** With a `+` a backplane gone wrong could leave any number of retained topics behind. */
function spelledOut(write: readonly string[]): string[] {
  return write.flatMap((filter) => {
    const [, base, tail] = /^(.*)\/\+\/(ack|state)$/.exec(filter) ?? [];
    if (base === undefined) return [filter];
    const slots = tail === "ack" ? [0, ...SLOTS] : SLOTS;
    return slots.map((slot) => `${base}/${slot}/${tail}`);
  });
}

/** Every account of a shack with its rules, in a stable order. */
export function accessTable(shack: string, backplanes: readonly string[]): AccessRules[] {
  const below = (base: string, tails: readonly string[]) => tails.map((tail) => `${base}/${tail}`);
  const rules = [
    { account: HOSTD_ACCOUNT, write: EVERYTHING, read: EVERYTHING },
    {
      account: ADMIN_ACCOUNT,
      // The shack is named, because caddyshack/services/... belongs to the roles.
      write: below(`caddyshack/${shack}/+`, [...COMMANDS, "config"]),
      read: EVERYTHING,
    },
    ...backplanes.map((backplane) => {
      const base = `caddyshack/${shack}/${backplane}`;
      return {
        account: backplaneAccount(shack, backplane),
        write: below(base, BACKPLANE_WRITES),
        read: below(base, BACKPLANE_READS),
      };
    }),
  ];
  return rules.map((each) => ({ ...each, publish: spelledOut(each.write) }));
}

/** Whether a topic (without wildcards) matches a filter. */
export function matches(filter: string, topic: string): boolean {
  return covers(filter, topic) && !/[+#]/.test(topic);
}

/** Whether everything that `wanted` (a filter) can match is also matched by `filter`. */
export function covers(filter: string, wanted: string): boolean {
  const have = filter.split("/");
  const want = wanted.split("/");
  for (let i = 0; i < have.length; i++) {
    const mine = have[i];
    // `a/#` also matches `a` itself, so a wanted topic that ends here is covered.
    if (mine === "#") return true;
    const theirs = want[i];
    if (theirs === undefined) return false;
    if (theirs === "#") return false;
    if (mine !== "+" && mine !== theirs) return false;
  }
  return want.length === have.length;
}

export function mayPublish(rules: AccessRules, topic: string): boolean {
  return rules.publish.some((filter) => matches(filter, topic));
}

export function mayRead(rules: AccessRules, filter: string): boolean {
  return rules.read.some((mine) => covers(mine, filter));
}

/** A retained command would be executed again by whoever connects later. */
export function isCommandTopic(topic: string): boolean {
  return topic.endsWith("/set");
}
