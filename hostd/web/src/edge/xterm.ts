// Edge: the terminal. What a caddy prints is not to be trusted: it may colour and move text, and
// nothing else. Titles, the clipboard, the colours of the page and sounds are not its business.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { guard, isReport } from "../model/console-guard.ts";
import type { ScreenSize } from "../model/console-wire.ts";
import { safeLink } from "../model/console-words.ts";
import { defineSheetElement } from "./sheet-element.ts";

const SCROLLBACK_LINES = 5_000;
const encoder = new TextEncoder();

export interface TerminalHandlers {
  typed(bytes: Uint8Array): void;
  /** Whether this viewer writes: the terminal answers the caddy's questions only then. */
  writes(): boolean;
  resized(size: ScreenSize): void;
  /** Shift+F6: the keyboard wants to go elsewhere. */
  left(): void;
  /** The pointer stands on a link that may be followed, or (null) does not any more. */
  hovered(link: string | null): void;
  followed(link: string): void;
}

export interface TerminalView {
  draw(bytes: Uint8Array, size: ScreenSize): void;
  write(bytes: Uint8Array): void;
  /** A line of the page's own between what the caddy printed. */
  mark(text: string): void;
  size(): ScreenSize;
  focus(): void;
  setReadOnly(yes: boolean): void;
  setScreenReader(yes: boolean): void;
  close(): void;
}

/** Dark in both colour schemes: programs choose their colours for a dark terminal. */
const THEME = {
  background: "#12161b",
  foreground: "#e6eaf0",
  cursor: "#6aa8ff",
  cursorAccent: "#12161b",
  selectionBackground: "#35507a",
};

function makeTerminal(handlers: TerminalHandlers): Terminal {
  return new Terminal({
    fontFamily:
      '"JetBrains Mono", "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace',
    fontSize: matchMedia("(max-width: 560px)").matches ? 12 : 13.5,
    scrollback: SCROLLBACK_LINES,
    theme: THEME,
    minimumContrastRatio: 4.5,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    allowProposedApi: true,
    linkHandler: {
      activate(_event, uri) {
        const link = safeLink(uri);
        if (link !== null) handlers.followed(link);
      },
      hover: (_event, uri) => handlers.hovered(safeLink(uri)),
      leave: () => handlers.hovered(null),
    },
  });
}

/** False: the terminal shall not have this key. */
function onKey(event: KeyboardEvent, terminal: Terminal, handlers: TerminalHandlers): boolean {
  if (event.key === "F6" && event.shiftKey) {
    if (event.type === "keydown") handlers.left();
    event.preventDefault();
    return false;
  }
  const both = event.ctrlKey && event.shiftKey;
  if (both && event.code === "KeyC" && terminal.hasSelection()) {
    event.preventDefault();
    // The clipboard API is there over HTTPS only.
    if (event.type === "keydown") document.execCommand("copy");
    return false;
  }
  // The browser pastes.
  return !(both && event.code === "KeyV");
}

export function openTerminal(
  parent: HTMLElement,
  label: string,
  handlers: TerminalHandlers,
): TerminalView {
  defineSheetElement();
  const terminal = makeTerminal(handlers);
  const fitting = new FitAddon();
  terminal.loadAddon(fitting);
  terminal.open(parent);
  terminal.textarea?.setAttribute("aria-label", label);
  terminal.textarea?.setAttribute("aria-describedby", "console-keys");
  guard(terminal.parser, handlers.writes);
  terminal.attachCustomKeyEventHandler((event) => onKey(event, terminal, handlers));
  terminal.onData((data) => {
    if (handlers.writes() || !isReport(data)) handlers.typed(encoder.encode(data));
  });
  // Mouse reports of the old kind; they are no UTF-8.
  terminal.onBinary((data) => {
    if (handlers.writes()) handlers.typed(Uint8Array.from(data, (char) => char.charCodeAt(0)));
  });
  const size = () => ({ columns: terminal.cols, rows: terminal.rows });
  let drawing = 0;
  const bend = () => {
    if (drawing === 0) fitting.fit();
  };
  terminal.onResize(() => {
    if (drawing === 0) handlers.resized(size());
  });
  const watch = new ResizeObserver(bend);
  watch.observe(parent);
  bend();
  return {
    draw(bytes, { columns, rows }) {
      // It is drawn on a screen of its own size, which then bends to the window.
      drawing += 1;
      terminal.reset();
      terminal.resize(columns, rows);
      terminal.write(bytes, () => {
        drawing -= 1;
        bend();
      });
    },
    write: (bytes) => terminal.write(bytes),
    // CAN (ECMA-48 8.3.6) ends a sequence that was cut off.
    mark: (text) => terminal.write(`\x18\x1b[0m\r\n\x1b[7m ${text} \x1b[0m\r\n`),
    size,
    focus: () => terminal.focus(),
    setReadOnly(yes) {
      terminal.options.disableStdin = yes;
    },
    setScreenReader(yes) {
      terminal.options.screenReaderMode = yes;
    },
    close() {
      watch.disconnect();
      terminal.dispose();
    },
  };
}
