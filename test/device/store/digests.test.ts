import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { compileStore, runShell } from "./shell.ts";

let program: string;
beforeAll(async () => {
  program = await compileStore("shell", true);
});

const one = (command: string) => runShell(program, [command])[0];
const ascii = (text: string) => Buffer.from(text).toString("hex") || "-";

// NIST FIPS 180-4 examples and the long message of its test suite.
test.each([
  ["", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    1,
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn" +
      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    1,
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
  ],
  ["a".repeat(1000), 1000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
])("SHA-256 of %.20j, %i times", (text, times, digest) => {
  expect(one(`sha ${ascii(text)} ${times}`)).toBe(digest);
});

test("SHA-256 of every length around the block is that of OpenSSL", () => {
  const lengths = Array.from({ length: 140 }, (_, i) => i);
  const bytes = lengths.map((length) => Buffer.alloc(length, "caddyshack"));
  const answers = runShell(
    program,
    bytes.map((each) => `sha ${each.toString("hex") || "-"} 1`),
  );
  const wanted = bytes.map((each) => createHash("sha256").update(each).digest("hex"));
  expect(answers).toEqual(wanted);
});

// RFC 4231, test cases 1, 2, 3 and 4; its longer keys do not occur here.
test.each([
  [
    "0b".repeat(20),
    ascii("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    ascii("Jefe"),
    ascii("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "aa".repeat(20),
    "dd".repeat(50),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  ],
  [
    "0102030405060708090a0b0c0d0e0f10111213141516171819",
    "cd".repeat(50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
])("HMAC-SHA256 under %.16s", (key, text, mac) => {
  expect(one(`hmac ${key} ${text}`)).toBe(mac);
});

test("HMAC-SHA256 under keys of up to one block is that of OpenSSL", () => {
  for (const length of [1, 32, 63, 64]) {
    const key = Buffer.alloc(length, 0x5a);
    const mac = createHmac("sha256", key).update("text").digest("hex");
    expect(one(`hmac ${key.toString("hex")} ${ascii("text")}`)).toBe(mac);
  }
});

test("CRC-32 is that of zlib", () => {
  // The check value of the catalogue of CRC algorithms.
  expect(one(`crc ${ascii("123456789")}`)).toBe("cbf43926");
  expect(one("crc -")).toBe("00000000");
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  expect(one(`crc ${bytes.toString("hex")}`)).toBe(crc32(bytes).toString(16).padStart(8, "0"));
});
