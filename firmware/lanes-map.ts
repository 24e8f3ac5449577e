// Reads link maps of GNU ld: which object files a program was linked from, and what each of
// them puts into which section.

export interface Placed {
  /** Name of the object file without its folder and digest, `mqtt` or `libc`. */
  object: string;
  /** Input section, `.bss.state`. */
  section: string;
  address: number;
  bytes: number;
}

export interface LinkMap {
  /** Objects named on the command line, in its order. */
  objects: string[];
  placed: Placed[];
  /** Bytes of each output section, `.rodata`. */
  sections: Map<string, number>;
}

/** `.../mqtt-0123.o` -> `mqtt`, `.../libc.a(memcpy.o)` -> `libc`. */
function objectName(path: string): string {
  const archive = /([^/]+)\.a\([^)]*\)$/.exec(path);
  if (archive) return archive[1] as string;
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.o$/, "");
  return name.replace(/-[0-9a-f]{32}$/, "");
}

/** Throws when the text is no link map. */
export function parseLinkMap(text: string): LinkMap {
  const start = text.indexOf("Linker script and memory map");
  if (start < 0) throw new Error("that is no link map of GNU ld");
  const body = text.slice(start);
  const objects = [...body.matchAll(/^LOAD (\S+\.o)$/gm)].map(([, path]) =>
    objectName(path as string),
  );
  // A long name of a section stands alone on its line.
  const joined = body.replace(/^( [.\w$*]\S*)\n\s+(?=0x)/gm, "$1 ");
  const line = /^ (\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: +(\S+))? *$/gm;
  const placed: Placed[] = [];
  for (const [, section = "", address = "", bytes = "", path] of joined.matchAll(line)) {
    const size = Number.parseInt(bytes, 16);
    if (size === 0) continue;
    const object = path === undefined ? "padding" : objectName(path);
    placed.push({ object, section, address: Number.parseInt(address, 16), bytes: size });
  }
  const output = body.replace(/^(\.\S+)\n\s+(?=0x)/gm, "$1 ");
  const sections = new Map<string, number>();
  for (const [, name = "", bytes = ""] of output.matchAll(
    /^(\.\w+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)/gm,
  )) {
    sections.set(name, Number.parseInt(bytes, 16));
  }
  return { objects, placed, sections };
}

/** Bytes by object of what lies in `from` to below `to`. */
export function bytesByObject(map: LinkMap, from: number, to: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const { object, address, bytes } of map.placed) {
    if (address < from || address >= to) continue;
    found.set(object, (found.get(object) ?? 0) + bytes);
  }
  return found;
}
