import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { rememberScreenReader, wantsScreenReader } from "../edge/console-memory.ts";
import { openTerminal, type TerminalView } from "../edge/xterm.ts";
import type { ConsoleStore } from "../stores/console.ts";
import { Modal } from "./modal.tsx";

/** What a phone's keyboard does not have. */
const KEYS: readonly [label: string, name: string, bytes: string][] = [
  ["Esc", "Escape", "\x1b"],
  ["Tab", "Tab", "\t"],
  ["^C", "Control C", "\x03"],
  ["^D", "Control D", "\x04"],
  ["↑", "Up", "\x1b[A"],
  ["↓", "Down", "\x1b[B"],
  ["←", "Left", "\x1b[D"],
  ["→", "Right", "\x1b[C"],
];

interface Props {
  readonly store: ConsoleStore;
  /** This person may look on only. */
  readonly readOnly: boolean;
}

function FollowLink({ link, close }: { readonly link: string; readonly close: () => void }) {
  return (
    <Modal title="Follow this link?" onCancel={close}>
      <p>
        The caddy printed it; the text it stood behind may have said something else.
        <code class="target">{link}</code>
      </p>
      <div class="choices">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <a
          class="button primary"
          href={link}
          target="_blank"
          rel="noopener noreferrer"
          onClick={close}
        >
          Open in a new tab
        </a>
      </div>
    </Modal>
  );
}

function SoftKeys({ press }: { readonly press: (bytes: string) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend nobody needs
    <div class="soft-keys" role="group" aria-label="Keys">
      {KEYS.map(([label, name, bytes]) => (
        <button key={name} type="button" aria-label={name} onClick={() => press(bytes)}>
          {label}
        </button>
      ))}
    </div>
  );
}

interface ReadOutProps {
  readonly on: Signal<boolean>;
  readonly element: RefObject<HTMLButtonElement | null>;
}

function ReadOutSwitch({ on, element }: ReadOutProps) {
  return (
    <button
      ref={element}
      type="button"
      role="switch"
      class="switch"
      aria-checked={on.value}
      onClick={() => {
        on.value = !on.value;
        rememberScreenReader(on.value);
      }}
    >
      <span class="track" aria-hidden="true">
        <span class="knob" />
      </span>
      Screen reader
    </button>
  );
}

export function ConsoleTerminal({ store, readOnly }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<TerminalView | null>(null);
  const after = useRef<HTMLButtonElement>(null);
  const hovered = useSignal<string | null>(null);
  const followed = useSignal<string | null>(null);
  const readOut = useSignal(wantsScreenReader());

  useLayoutEffect(() => {
    if (!parent.current) return;
    const terminal = openTerminal(parent.current, `Console of ${store.caddy}`, {
      typed: store.typed,
      writes: () => store.writes.peek(),
      resized: () => store.tellSize(),
      left: () => after.current?.focus(),
      hovered: (link) => {
        hovered.value = link;
      },
      followed: (link) => {
        followed.value = link;
      },
    });
    view.current = terminal;
    terminal.setReadOnly(readOnly);
    store.start(terminal);
    if (!readOnly) terminal.focus();
    return () => {
      store.stop();
      terminal.close();
    };
  }, [store, readOnly]);

  useSignalEffect(() => view.current?.setScreenReader(readOut.value));

  const press = (bytes: string) => {
    store.typed(new TextEncoder().encode(bytes));
    view.current?.focus();
  };
  const close = () => {
    followed.value = null;
  };
  return (
    <div class="screen">
      <div ref={parent} class="terminal-host" />
      <div class="under-screen">
        {!readOnly && <SoftKeys press={press} />}
        <ReadOutSwitch on={readOut} element={after} />
        <button type="button" onClick={() => store.redraw()}>
          Redraw
        </button>
        <p class="hint" id="console-keys">
          {hovered.value ??
            "Shift+F6 leaves the terminal; Ctrl+Shift+C copies, Ctrl+Shift+V pastes."}
        </p>
      </div>
      {followed.value !== null && <FollowLink link={followed.value} close={close} />}
    </div>
  );
}
