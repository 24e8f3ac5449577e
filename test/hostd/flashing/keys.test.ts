import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { brokerPasswords } from "../../../hostd/bus/broker/accounts.ts";
import { backplaneSecrets, lastSequence, nextSequence } from "../../../hostd/flashing/keys.ts";
import { tempDir } from "../helpers.ts";

let dir: string;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => rmSync(dir, { recursive: true }));

test("a backplane's secrets are made once, its own, and private", () => {
  const bp1 = backplaneSecrets(dir, "shack1/bp1");
  const bp2 = backplaneSecrets(dir, "shack1/bp2");
  expect(bp1.key.length).toBe(32);
  expect(bp1.key).not.toEqual(bp2.key);
  expect(backplaneSecrets(dir, "shack1/bp1")).toEqual(bp1);
  expect(bp1.password).toBe(brokerPasswords(dir, ["shack1/bp1"]).get("shack1/bp1"));
  const file = join(dir, "module-keys/shack1/bp1.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, "module-keys")).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(dir, "module-keys/shack1"))).toEqual(["bp1.json", "bp2.json"]);
});

test("the sequence rises, also above what the backplane has seen, and keeps the key", () => {
  const { key } = backplaneSecrets(dir, "shack1/bp1");
  expect(lastSequence(dir, "shack1/bp1")).toBe(0);
  expect(nextSequence(dir, "shack1/bp1")).toBe(1);
  expect(nextSequence(dir, "shack1/bp1")).toBe(2);
  expect(nextSequence(dir, "shack1/bp1", 40)).toBe(41);
  expect(nextSequence(dir, "shack1/bp1", 3)).toBe(42);
  expect(lastSequence(dir, "shack1/bp1")).toBe(42);
  expect(lastSequence(dir, "shack1/bp2")).toBe(0);
  expect(backplaneSecrets(dir, "shack1/bp1").key).toEqual(key);
  expect(() => nextSequence(dir, "shack1/bp1", 0xffff_fffe)).toThrow("used up");
});

test.each(["shack1", "shack1/bp1/x", "../bp1", "shack1/..", "/bp1", "shack1/BP1"])(
  "%s is no account of a backplane",
  (account) => {
    expect(() => backplaneSecrets(dir, account)).toThrow("is not <shack>/<backplane>");
  },
);

test.each(["", "{}", "[]", "null", '{"version":2}', '{"version":1,"key":"00","sequence":0}'])(
  "a key file of %j is an error that says what to do, and stays as it is",
  (text) => {
    const file = join(dir, "module-keys/shack1/bp1.json");
    mkdirSync(join(dir, "module-keys/shack1"), { recursive: true });
    writeFileSync(file, text);
    expect(() => nextSequence(dir, "shack1/bp1")).toThrow("flash this backplane again");
    expect(readFileSync(file, "utf8")).toBe(text);
  },
);

test("a key without its sequence is not used", () => {
  const file = join(dir, "module-keys/shack1/bp1.json");
  mkdirSync(join(dir, "module-keys/shack1"), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 1, key: "ab".repeat(32), sequence: -1 }));
  expect(() => lastSequence(dir, "shack1/bp1")).toThrow("has no sequence");
});
