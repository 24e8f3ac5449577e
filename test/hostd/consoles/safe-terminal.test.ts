import fc from "fast-check";
import { expect, test } from "vitest";
import { SafeTerminal } from "../../../hostd/consoles/safe-terminal.ts";

const pass = (text: string, pieces = [text]) => {
  const terminal = new SafeTerminal();
  return Buffer.concat(pieces.map((one) => terminal.pass(Buffer.from(one)))).toString();
};

test.each([
  ["colours and the cursor stay", "\x1b[1;31mred\x1b[0m\x1b[2;3H\x1b7\x1b(B", null],
  ["so does a question for the cursor", "\x1b[6n", null],
  ["and text of every language", "größer ° ¿ 漢字 🍒\r\n", null],
  ["a title", "a\x1b]0;pwned\x07b", "ab"],
  ["a clipboard, ended by ST", "a\x1b]52;c;cm0gLXJm\x1b\\b", "ab"],
  ["a device control string", "a\x1bP$qm\x1b\\b", "ab"],
  ["a title asked for", "a\x1b[21tb", "ab"],
  ["C1 controls in UTF-8", "a\u009d0;x\u009cb", "a0;xb"],
  ["a string broken off by a colour", "a\x1b]0;x\x1b[1mb", "a\x1b[1mb"],
  ["an escape doubled", "a\x1b\x1b]0;x\x07b", "ab"],
])("%s", (_name, given, expected) => {
  const wanted = expected ?? given;
  expect(pass(given)).toBe(wanted);
  const bytes = [...Buffer.from(given)];
  const terminal = new SafeTerminal();
  const one = bytes.map((byte) => terminal.pass(Uint8Array.of(byte)));
  expect(Buffer.concat(one).toString()).toBe(wanted);
});

test("a string without an end hides no more than 4,096 bytes", () => {
  expect(pass(`\x1b]0;${"x".repeat(5000)}`).length).toBeGreaterThan(800);
});

test("whatever comes, no string begins at the terminal", () => {
  const byte = fc.constantFrom(0x1b, 0x5d, 0x50, 0x5b, 0x74, 0x07, 0x5c, 0xc2, 0x9d, 0x41);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), (bytes) => {
      const out = new SafeTerminal().pass(Uint8Array.from(bytes)).toString("latin1");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(out).not.toMatch(/\x1b[\]PX^_]|\x1b\[[0-9;]*t|\xc2[\x80-\x9f]/);
    }),
    { numRuns: 3000 },
  );
});
