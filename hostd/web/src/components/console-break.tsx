import { useSignal } from "@preact/signals";
import { SYSRQ_KEYS } from "../model/console-words.ts";
import type { ConsoleStore } from "../stores/console.ts";
import { Modal } from "./modal.tsx";

function BreakDialog({
  store,
  close,
}: {
  readonly store: ConsoleStore;
  readonly close: () => void;
}) {
  const chosen = useSignal("");
  const key = SYSRQ_KEYS.find((each) => each.key === chosen.value);
  const send = () => {
    close();
    if (key) store.sysrq(key.key);
    else store.breakLine();
  };
  return (
    <Modal title={`Send a break to ${store.caddy}`} onCancel={close}>
      <p>
        A break gets through when nothing else does. With a key after it, it is Linux’s Magic SysRq.
      </p>
      <label class="field">
        What to send
        <select
          value={chosen.value}
          onChange={(event) => {
            chosen.value = event.currentTarget.value;
          }}
        >
          <option value="">Break alone</option>
          {SYSRQ_KEYS.map(({ key: letter, words }) => (
            <option key={letter} value={letter}>
              SysRq {letter}: {words}
            </option>
          ))}
        </select>
      </label>
      {key?.harsh && (
        <p class="error">
          This stops what runs on {store.caddy}: {key.words}.
        </p>
      )}
      <div class="choices">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="button" class={key?.harsh ? "danger" : "primary"} onClick={send}>
          {key ? `Send SysRq ${key.key} to ${store.caddy}` : `Send break to ${store.caddy}`}
        </button>
      </div>
    </Modal>
  );
}

export function ConsoleBreak({
  store,
  disabled,
}: {
  readonly store: ConsoleStore;
  readonly disabled: boolean;
}) {
  const open = useSignal(false);
  return (
    <>
      <button
        type="button"
        disabled={disabled}
        aria-haspopup="dialog"
        onClick={() => {
          open.value = true;
        }}
      >
        Break…
      </button>
      {open.value && (
        <BreakDialog
          store={store}
          close={() => {
            open.value = false;
          }}
        />
      )}
    </>
  );
}
