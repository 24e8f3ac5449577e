// Both C lanes are made of the same sources of the runtime and of Wasm3; only the board differs.
import { globSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { buildLaneProgram } from "../../firmware/lanes.ts";
import { bytesByObject, type LinkMap, parseLinkMap } from "../../firmware/lanes-map.ts";
import { WASM3_SOURCES } from "../../firmware/runtime/wasm3.ts";

/** What no board may replace or leave out. */
const COMMON = [
  ...new Set([...globSync("firmware/runtime/*.c"), ...WASM3_SOURCES].map((path) => resolve(path))),
];
const BOARDS = globSync("firmware/boards/{framed,posix,lx106-qemu}/*.{c,S}");
const nameOf = (path: string) => basename(path).replace(/\.c$/, "");

const maps: Record<string, LinkMap> = {};
beforeAll(async () => {
  for (const lane of ["wasm3", "lx106"] as const) {
    const program = await buildLaneProgram(lane);
    maps[lane] = parseLinkMap(readFileSync(`${program}.map`, "utf8"));
  }
}, 240_000);

/** Objects of ours; the compiler adds its own start files on Linux. */
function ownObjects(lane: string): string[] {
  const start = /^(S?crt1|crti|crtn|crtbeginS?|crtendS?)$/i;
  return (maps[lane]?.objects ?? []).filter((name) => !start.test(name));
}

for (const lane of ["wasm3", "lx106"]) {
  test(`${lane} is linked from every common source once, and else from its board alone`, () => {
    const objects = ownObjects(lane);
    const common = COMMON.map(nameOf);
    expect(objects.filter((name) => common.includes(name)).sort()).toEqual(common.toSorted());
    const others = objects.filter((name) => !common.includes(name));
    expect(others.filter((name) => !BOARDS.map(nameOf).includes(name))).toEqual([]);
    expect(others.length).toBeGreaterThan(5);
  });
}

/** So an object of a common name can only come from the common source. */
test("names of common sources and of boards do not meet", () => {
  const common = COMMON.map(nameOf);
  expect(new Set(common).size).toBe(common.length);
  expect(BOARDS.map(nameOf).filter((name) => common.includes(name))).toEqual([]);
});

test("the lx106 lane keeps to the ESP8266's memory", () => {
  const map = maps.lx106 as LinkMap;
  for (const { address, object } of map.placed.filter(({ section }) => !isDebug(section))) {
    expect([0x3f, 0x40, 0x50], object).toContain(address >>> 24);
  }
  expect(bytesByObject(map, 0x3ffe8000, 0x3fffc000).has("mqtt")).toBe(true);
  // Constants that only Wasm3's compiler reads cost no RAM.
  expect(bytesByObject(map, 0x3ffe8000, 0x3fffc000).get("wasm3_compile") ?? 0).toBeLessThan(1024);
});

const isDebug = (section: string) => /^\.(debug|comment|xtensa|xt\.)/.test(section);

describe("a link map", () => {
  const text = `Archive member included
Linker script and memory map

LOAD /x/objects/mqtt-0123456789abcdef0123456789abcdef.o
LOAD /usr/lib/libc.a
.bss            0x3ffe8000       0x24
 .bss.a         0x3ffe8000       0x10 /x/objects/mqtt-0123456789abcdef0123456789abcdef.o
 .bss.with_a_long_name
                0x3ffe8010        0xc /usr/lib/libc.a(memcpy.o)
 *fill*         0x3ffe801c        0x8 
 .text          0x40200000        0x0 /x/objects/mqtt-0123456789abcdef0123456789abcdef.o
`;

  test("is read", () => {
    const map = parseLinkMap(text);
    expect(map.objects).toEqual(["mqtt"]);
    expect([...bytesByObject(map, 0x3ffe8000, 0x3fffc000)]).toEqual([
      ["mqtt", 16],
      ["libc", 12],
      ["padding", 8],
    ]);
    expect(map.sections.get(".bss")).toBe(36);
  });

  test("is not anything else", () => {
    expect(() => parseLinkMap("hello")).toThrow(/no link map/);
  });
});
