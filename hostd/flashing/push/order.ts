// What somebody may ask to be pushed, checked before anything is sent.
import { CaddyError } from "../../errors.ts";
import { nearest } from "../../model/names.ts";
import type { RackState } from "../../power/state.ts";
import { MODULE_BYTES_MAX, moduleHash } from "../module-image.ts";
import { seenOf } from "./seen.ts";

/** Magic and version. Whether the rest is a module of ABI 1, the backplane finds out. */
const WASM_1 = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/**
 * The backplanes in the order of the push: those that can take a module first, so that a canary
 * is one of them. `names` null: all. Throws CADDY_NO_SUCH_BACKPLANE, CADDY_BACKPLANE_OFFLINE,
 * CADDY_MODULE_STORE.
 */
export function chooseBackplanes(state: RackState, names: readonly string[] | null): string[] {
  const all = [...state.backplanes.keys()];
  const chosen = [...new Set(names ?? all)];
  for (const name of chosen) {
    if (state.backplanes.has(name)) continue;
    const near = nearest(name, all);
    const hint =
      near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there is ${all.join(", ")}`;
    throw new CaddyError("CADDY_NO_SUCH_BACKPLANE", `no backplane ${name}; ${hint}`);
  }
  const able = chosen.filter((name) => seenOf(state, name).online && seenOf(state, name).store);
  const unable = chosen.filter((name) => !able.includes(name));
  const first = unable[0];
  if (first !== undefined && (names !== null || able.length === 0)) {
    const { online } = seenOf(state, first);
    const code = online ? "CADDY_MODULE_STORE" : "CADDY_BACKPLANE_OFFLINE";
    throw new CaddyError(code, `${unable.join(", ")}: nothing was pushed`);
  }
  return [...able, ...unable];
}

/** The module with its id. Throws CADDY_MODULE. */
export function checkModule(module: Uint8Array): { module: Uint8Array; moduleId: string } {
  const wrong = (why: string) => new CaddyError("CADDY_MODULE", why);
  if (module.length === 0) throw wrong("it is empty");
  if (module.length > MODULE_BYTES_MAX) {
    throw wrong(`it has ${module.length} bytes; a backplane takes ${MODULE_BYTES_MAX}`);
  }
  if (!WASM_1.every((byte, i) => module[i] === byte)) throw wrong("it is not WebAssembly 1");
  return { module, moduleId: moduleHash(module).slice(0, 16) };
}
