import type { Signal } from "@preact/signals";
import { logPath } from "../api/console.ts";
import { nowMs } from "../edge/clock.ts";
import {
  FOUND_MAX,
  type HistoryLine,
  type HistoryQuery,
  rangeParams,
  splitHits,
} from "../model/console-history.ts";
import { timeWords } from "../model/words.ts";
import type { HistoryStore } from "../stores/console-history.ts";

interface Props {
  readonly caddy: string;
  readonly store: HistoryStore;
}

function Text({ line, search }: { readonly line: HistoryLine; readonly search: string }) {
  const parts = splitHits(line.text, search).map((part, at) => ({ part, at }));
  return (
    <span class="line-text">
      {line.kind === "input" && <i>typed: </i>}
      {parts.map(({ part, at }) => (at % 2 === 1 ? <mark key={at}>{part}</mark> : part))}
    </span>
  );
}

function Time({ line }: { readonly line: HistoryLine }) {
  return (
    <time dateTime={line.at} title={line.at}>
      {timeWords(line.at, nowMs())}
    </time>
  );
}

function Found({ store }: { readonly store: HistoryStore }) {
  const found = store.found.value;
  if (found === null) return null;
  const { search, lines } = found;
  if (lines.length === 0) return <p class="muted">Nothing like that is on record.</p>;
  const many =
    lines.length === FOUND_MAX ? `The newest ${FOUND_MAX} lines` : `${lines.length} lines`;
  return (
    <>
      <p class="muted" role="status">
        {lines.length === 1 ? "1 line" : many}, newest first. Select one to see what stood around
        it.
      </p>
      <ol class="found" aria-label="Lines found">
        {lines.map((line, at) => (
          <li key={at} class={line.kind}>
            <button type="button" onClick={() => void store.look(line)}>
              <Time line={line} />
              <Text line={line} search={search} />
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

const same = (a: HistoryLine, b: HistoryLine) =>
  a.offset === b.offset && a.kind === b.kind && a.text === b.text && a.at === b.at;

function Around({ store }: { readonly store: HistoryStore }) {
  const around = store.around.value;
  if (around === null) return null;
  const search = store.found.value?.search ?? "";
  return (
    <>
      <div class="history-buttons">
        <button type="button" onClick={() => store.back()}>
          Back
        </button>
        <button type="button" onClick={() => void store.more("before")}>
          Earlier
        </button>
        <button type="button" onClick={() => void store.more("behind")}>
          Later
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it */}
      <ol class="around" tabIndex={0} aria-label="Lines around it">
        {around.lines.map((line, at) => {
          const here = same(line, around.line);
          return (
            <li
              key={at}
              class={here ? `${line.kind} here` : line.kind}
              aria-current={here ? "true" : undefined}
              ref={(element) => {
                if (here) element?.scrollIntoView({ block: "center" });
              }}
            >
              <Time line={line} />
              <Text line={line} search={search} />
            </li>
          );
        })}
      </ol>
    </>
  );
}

function Bound({
  label,
  name,
  query,
}: {
  readonly label: string;
  readonly name: "from" | "to";
  readonly query: Signal<HistoryQuery>;
}) {
  return (
    <label class="field">
      {label}
      <input
        type="datetime-local"
        step="1"
        value={query.value[name]}
        onInput={(event) => {
          query.value = { ...query.peek(), [name]: event.currentTarget.value };
        }}
      />
    </label>
  );
}

function Downloads({ caddy, query }: { readonly caddy: string; readonly query: HistoryQuery }) {
  const range = rangeParams(query);
  const path = (format: string) => logPath(caddy, { ...range, format });
  const what = query.from || query.to ? "this time" : "all";
  return (
    <p class="downloads">
      Download {what} as{" "}
      <a href={path("text")} download={`${caddy}.txt`}>
        text
      </a>{" "}
      or{" "}
      <a href={path("cast")} download={`${caddy}.cast`}>
        asciicast
      </a>
    </p>
  );
}

/** Everything the caddy ever printed, as far as it is kept. */
export function ConsoleHistory({ caddy, store }: Props) {
  const query = store.query.value;
  return (
    <section class="history" aria-label={`History of ${caddy}`}>
      <h2>History</h2>
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void store.search();
          }}
        >
          <label class="field">
            Text, or nothing for all lines
            <input
              type="search"
              maxLength={256}
              value={query.search}
              onInput={(event) => {
                store.query.value = { ...query, search: event.currentTarget.value };
              }}
            />
          </label>
          <Bound label="From" name="from" query={store.query} />
          <Bound label="To" name="to" query={store.query} />
          <button type="submit" class="primary" disabled={store.busy.value}>
            {store.busy.value ? "Searching…" : "Search"}
          </button>
        </form>
      </search>
      {store.error.value !== null && (
        <p class="error" role="alert">
          {store.error.value}
        </p>
      )}
      {store.around.value === null ? <Found store={store} /> : <Around store={store} />}
      <Downloads caddy={caddy} query={query} />
    </section>
  );
}
