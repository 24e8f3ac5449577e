// How the dashboard is built. oxc compiles the JSX for Preact.

import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const XTERM = /@xterm\/xterm\/lib\/xterm\.mjs$/;

/** What of xterm the pages' policy refuses, and what does the same within it. */
const WITHIN_POLICY: readonly [what: RegExp, count: number, instead: string][] = [
  // A style attribute set as text is an inline style, set through the CSSOM it is none.
  [
    /(\w+)\.setAttribute\("style",`\$\{\1\.getAttribute\("style"\)\|\|""\}\$\{(\w+)\};`\)/g,
    1,
    '$1.style.cssText+=$2+";"',
  ],
  // src/edge/sheet-element.ts
  [/createElement\("style"\)/g, 3, 'createElement("caddy-sheet")'],
];

/** Throws when another xterm has other places: look at them, then count again. */
function xtermWithinPolicy(): Plugin {
  return {
    name: "xterm-within-policy",
    transform: {
      filter: { id: XTERM },
      handler(code) {
        let text = code;
        for (const [what, count, instead] of WITHIN_POLICY) {
          const found = code.match(what)?.length ?? 0;
          if (found !== count) throw new Error(`xterm has ${what} ${found} times, not ${count}`);
          text = text.replace(what, instead);
        }
        return { code: text, map: null };
      },
    },
  };
}

export default defineConfig({
  plugins: [xtermWithinPolicy()],
  root: here("src"),
  publicDir: here("public"),
  base: "/",
  // Said here: a build inside a test would otherwise be one for development, and served by hostd.
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  build: {
    target: "es2022",
    emptyOutDir: true,
    // The page's policy is default-src 'self': no script, style or image may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The terminal is large, and a busy machine is slow: neither is worth a warning.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
