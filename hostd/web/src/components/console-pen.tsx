import { useSignal } from "@preact/signals";
import { penWords, personWords } from "../model/console-words.ts";
import type { ConsoleStore } from "../stores/console.ts";
import { ConsoleBreak } from "./console-break.tsx";
import { Modal } from "./modal.tsx";

interface Props {
  readonly store: ConsoleStore;
  readonly readOnly: boolean;
}

function TakeOver({ store, close }: { readonly store: ConsoleStore; readonly close: () => void }) {
  const { writer } = store.state.value;
  const who = writer?.user ?? "the writer";
  return (
    <Modal title={`Take over ${store.caddy} from ${who}?`} onCancel={close}>
      <p>{who} is told, and cannot write until you release it or they take it back.</p>
      <div class="choices">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            close();
            store.take(true);
          }}
        >
          Take over from {who}
        </button>
      </div>
    </Modal>
  );
}

/** Somebody asks the one who writes. */
function Asked({ store }: { readonly store: ConsoleStore }) {
  const { asked } = store.state.value;
  if (asked === null) return null;
  return (
    <div class="asked" role="alert">
      <p>
        <b>{personWords(asked)}</b> asks to write.
      </p>
      <button type="button" class="primary" onClick={() => store.release()}>
        Let {asked.user} write
      </button>
      <button type="button" onClick={() => store.settle()}>
        Keep writing
      </button>
    </div>
  );
}

/** Who writes, and how that changes. */
export function ConsolePen({ store, readOnly }: Props) {
  const taking = useSignal(false);
  const state = store.state.value;
  const { me, writer, phase } = state;
  const mine = store.writes.value;
  const other = writer !== null && me !== null && writer.id !== me.id;
  const live = phase === "live";
  return (
    <section class="pen" aria-label="Who writes">
      <p class={mine ? "who-writes mine" : "who-writes"} role="status">
        {penWords(state)}
      </p>
      {readOnly ? (
        <p class="muted">You look on: writing needs the role operator.</p>
      ) : (
        <div class="pen-buttons">
          {mine ? (
            <button type="button" onClick={() => store.release()}>
              Release
            </button>
          ) : (
            <button
              type="button"
              disabled={!live}
              onClick={() => {
                if (other && writer.user !== me.user) taking.value = true;
                else store.take(other);
              }}
            >
              {other ? "Take over" : "Write"}
            </button>
          )}
          <button type="button" disabled={!live || !other} onClick={() => store.ask()}>
            Ask
          </button>
          <ConsoleBreak store={store} disabled={!live || other} />
        </div>
      )}
      {store.notice.value !== null && (
        <p class="notice" role="status">
          {store.notice.value}
        </p>
      )}
      <Asked store={store} />
      {taking.value && (
        <TakeOver
          store={store}
          close={() => {
            taking.value = false;
          }}
        />
      )}
    </section>
  );
}
