// SPEC.md and the code say the same, wherever a machine can compare them. Both directions: what
// the text lists the code knows, what the code knows the text lists.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  BACKPLANE_KEYS,
  CARRIER_TYPES,
  type ConfigKey,
  FAULTS,
  PHASES,
  POLICIES,
  REASONS,
  RESULTS,
  SET_TOPICS,
  SLOT_KEYS,
  TEMPLATES,
  VERBS,
} from "../../firmware/abi/words.ts";
import { accessTable } from "../../hostd/bus/broker/acl.ts";
import * as topics from "../../hostd/bus/topics.ts";
import { EVENT_TYPES } from "../../hostd/power/state.ts";
import { ABI, BOOT_REASONS } from "../../sim/lanes/abi.gen.ts";
import { codeSpans, section, tableRows } from "./markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const spec = readFileSync(`${root}docs/SPEC.md`, "utf8");
const part = (heading: string) => section(spec, heading);
const sorted = (words: Iterable<string>) => [...new Set(words)].filter((w) => w !== "").sort();

/** The words of a table's first column, or of another one. */
const column = (heading: string, index = 0) =>
  tableRows(part(heading)).flatMap((row) => codeSpans(row[index] ?? ""));

describe("topics", () => {
  const listed = column("2. MQTT");

  test("every set topic of the logic is listed, and no other", () => {
    expect(sorted(listed.filter((topic) => topic.endsWith("/set")))).toEqual(
      sorted(SET_TOPICS.map((topic) => `<slot>/${topic}`)),
    );
  });

  test("what the logic publishes is listed", () => {
    const published = [TEMPLATES.ACK_TOPIC, TEMPLATES.STATE_TOPIC, TEMPLATES.CONFIG_ACK_TOPIC];
    const names = published.map((text) => text.replace(/^%B\/?/, "").replace(/%\w/, "<slot>"));
    expect(listed).toEqual(expect.arrayContaining(names));
  });

  test("hostd writes commands and configuration where the table says", () => {
    expect(topics.commandTopic("s", "bp1", 2, "usb")).toBe("caddyshack/s/bp1/2/usb/set");
    expect(topics.configTopic("s", "bp1")).toBe("caddyshack/s/bp1/config");
    expect(topics.baseOf("s", "bp1")).toBe("caddyshack/s/bp1");
    expect(part("2. MQTT")).toContain("Base topic: `caddyshack/<shack>/<backplane>`, at most");
    expect(part("2. MQTT")).toContain(`at most ${ABI.BASE_MAX} bytes`);
  });
});

describe("commands and acks", () => {
  test("verbs", () => {
    const rows = tableRows(part("2.1 Commands")).flatMap((row) => codeSpans(row[0] ?? ""));
    const power = VERBS.filter((verb) => !/^(usb|identify)-/.test(verb));
    expect(sorted(rows)).toEqual(sorted([...power, "usb", "identify"]));
    expect(sorted(topics.POWER_VERBS)).toEqual(sorted(power));
  });

  test("reasons, those of config/ack included", () => {
    const acks = column("2.2 Acks").filter((word) => word !== "null");
    const text = part("2.4 Configuration");
    const config = codeSpans(
      text.slice(text.lastIndexOf("Reasons:")).split("The same bytes")[0] ?? "",
    );
    const known = config.filter((word) => /^[a-z]+(-[a-z]+)*$/.test(word));
    expect(sorted([...acks, ...known])).toEqual(sorted(REASONS));
  });

  test("results, and the keys of an ack in their order", () => {
    const text = part("2.2 Acks");
    const results = codeSpans(text.slice(text.indexOf("`result`:")).split(".")[0] ?? "").slice(1);
    expect(sorted(results)).toEqual(sorted(RESULTS));
    expect(sorted(topics.ACK_RESULTS)).toEqual(sorted(RESULTS));
    expect(keysOf(example("2.2 Acks"))).toEqual(keysOf(TEMPLATES.ACK));
  });
});

describe("state", () => {
  test("its keys and their order", () => {
    expect(keysOf(example("2.3 State"))).toEqual(keysOf(TEMPLATES.STATE));
    expect(sorted(column("2.3 State"))).toEqual(sorted(keysOf(TEMPLATES.STATE)));
  });

  test.each([
    ["power", PHASES.map(({ power }) => power), topics.POWER_STATES],
    ["fault", FAULTS, topics.FAULTS],
    ["carrier", CARRIER_TYPES, CARRIER_TYPES],
  ])("values of %s", (key, logic, hostd) => {
    const row = tableRows(part("2.3 State")).find(([name]) => name === `\`${key}\``);
    expect(sorted(codeSpans(row?.[1] ?? ""))).toEqual(sorted(logic));
    expect(sorted(hostd)).toEqual(sorted(logic));
  });
});

describe("configuration", () => {
  const rows = tableRows(part("2.4 Configuration")).flatMap(
    ([names = "", value = "", range = ""]) =>
      codeSpans(names).map((key, index) => ({ key, value: value.split(", ")[index], range })),
  );
  const keys = [...BACKPLANE_KEYS, ...SLOT_KEYS.map((key) => ({ ...key, key: `N.${key.key}` }))];

  test("keys", () => {
    expect(sorted(rows.map(({ key }) => key))).toEqual(sorted(keys.map(({ key }) => key)));
  });

  test.each(keys)("default and range of $key", (known) => {
    const row = rows.find(({ key }) => key === known.key);
    // Words stand in any order.
    const range = row?.range.split(", ").toSorted().join(", ");
    expect({ value: row?.value, range }).toEqual(written(known));
  });

  /** How the table writes what the logic knows. */
  function written({ key, default: value, max }: ConfigKey) {
    const isPolicy = /\.(restore|insert)$/.test(key);
    const range = isPolicy ? POLICIES.toSorted().join(", ") : `0 to ${max}`;
    if (key === "rev") return { value: "required", range };
    return { value: isPolicy ? POLICIES[value] : String(value), range };
  }
});

test("reset reasons of info are the boot reasons of the ABI", () => {
  const text = part("2.5 Info");
  const words = codeSpans(text.slice(text.lastIndexOf("`reset`:")).split(".")[0] ?? "").slice(1);
  const names = Object.keys(BOOT_REASONS).map((name) =>
    name.replace("BOOT_", "").toLowerCase().replaceAll("_", "-"),
  );
  expect(sorted(words)).toEqual(sorted(names));
});

test("event types", () => {
  const text = part("4. HTTP, first part");
  const stored = text.slice(text.indexOf("Types: "), text.indexOf("Live snapshots"));
  const listed = codeSpans(stored.replace(/\(data [^)]*\)/g, ""));
  expect(sorted(listed)).toEqual(sorted(EVENT_TYPES));
});

describe("broker accounts", () => {
  const rows = tableRows(part("3. Broker accounts"));
  const accounts = accessTable("shack1", ["bp1"]);

  test("a backplane's topics are those of the table", () => {
    const [, write = "", read = ""] = rows.find(([name]) => name?.includes("<backplane>")) ?? [];
    const rules = accounts.find(({ account }) => account === "shack1/bp1");
    const own = (words: string[]) =>
      sorted(words.map((word) => `caddyshack/shack1/bp1/${word.replace("<slot>", "+")}`));
    expect(sorted(rules?.write ?? [])).toEqual(own(codeSpans(write)));
    expect(sorted(rules?.read ?? [])).toEqual(own(codeSpans(read)));
  });

  test("nobody else has an account", () => {
    const names = rows.map(([name = ""]) => codeSpans(name)[0]);
    const known = accounts.map(({ account }) =>
      account.replace("shack1/bp1", "<shack>/<backplane>"),
    );
    expect(sorted(names.map((name) => name ?? ""))).toEqual(sorted(known));
  });
});

/** The first code span of a section: its example. */
function example(heading: string): string {
  return codeSpans(part(heading))[0] ?? "";
}

/** The outermost keys of a JSON text, in order; the text may have holes. */
function keysOf(text: string): string[] {
  return [...text.matchAll(/"(\w+)":/g)].map((match) => match[1] ?? "");
}
