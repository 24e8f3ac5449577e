import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { createConsoleApi } from "../api/console.ts";
import { after } from "../edge/clock.ts";
import { openConsoleSocket } from "../edge/console-socket.ts";
import { http, patientHttp } from "../edge/http.ts";
import { bytesWords, lineWords, personWords } from "../model/console-words.ts";
import { newestEventId } from "../model/shack.ts";
import type { Who } from "../model/types.ts";
import { commands, link, session, shack } from "../stores/app.ts";
import { type ConsoleStore, createConsoleStore } from "../stores/console.ts";
import { createHistoryStore } from "../stores/console-history.ts";
import { Announcer } from "./announcer.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { ConsoleHistory } from "./console-history.tsx";
import { ConsolePen } from "./console-pen.tsx";
import { ConsoleTerminal } from "./console-terminal.tsx";
import { JobCard } from "./job-card.tsx";
import { PowerButtons } from "./power-buttons.tsx";
import { Strip } from "./strip.tsx";
import "../styles/console.css";

const consoles = createConsoleApi(http, patientHttp);

interface Props {
  readonly who: Who;
  readonly caddy: string;
}

/** The stage hostd named at the last connection, or what the event stream has said since. */
function Stage({ store }: { readonly store: ConsoleStore }) {
  const since = useSignal(0);
  useSignalEffect(() => {
    if (store.info.value !== null) since.value = newestEventId(shack.state.peek());
  });
  const stage = useComputed(() => {
    const told = shack.state.value.events.find(
      (event) =>
        event.id > since.value && event.caddy === store.caddy && event.type === "console.stage",
    );
    const to = told?.data.to;
    return typeof to === "string" ? to : store.info.value?.stage;
  }).value;
  if (stage === undefined) return null;
  return <span class={stage === "panic" ? "chip bad" : "chip"}>{stage}</span>;
}

function StatusLine({ store }: { readonly store: ConsoleStore }) {
  const { phase, status, why, missedBytes } = store.state.value;
  const lost = why ?? (phase === "lost" ? "Connection lost. Trying again…" : null);
  return (
    <p class="status-line" role="status">
      {status !== null && (
        <span class={status.line === "open" ? "chip good" : "chip bad"}>{lineWords(status)}</span>
      )}
      <Stage store={store} />
      {missedBytes > 0 && <span class="chip bad">{bytesWords(missedBytes)} missed</span>}
      {lost !== null && <span class="chip bad">{lost}</span>}
    </p>
  );
}

function People({ store }: { readonly store: ConsoleStore }) {
  const { viewers, writer, me } = store.state.value;
  return (
    <section class="people" aria-label="People at this console">
      <h2>People</h2>
      {viewers.length === 0 && <p class="muted">Nobody is known to be here.</p>}
      <ul>
        {viewers.map((person) => (
          <li key={person.id}>
            <span>
              {personWords(person)}
              {person.id === me?.id && ", you"}
            </span>
            <span class={person.id === writer?.id ? "chip good" : "muted"}>
              {person.id === writer?.id ? "writes" : person.role}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Power({ name, readOnly }: { readonly name: string; readonly readOnly: boolean }) {
  const caddy = useComputed(() => shack.state.value.caddies.get(name)).value;
  const error = commands.error.value;
  if (!caddy || caddy.power === "empty") return null;
  return (
    <section class="power-side" aria-label={`Power of ${name}, ${caddy.power}`}>
      <h2>
        Power <span class={`chip power-${caddy.power}`}>{caddy.power}</span>
      </h2>
      {!readOnly && <PowerButtons caddy={caddy} />}
      {error?.caddy === name && (
        <p class="error" role="alert">
          {error.message}
        </p>
      )}
      <JobCard caddy={caddy} />
    </section>
  );
}

function Ways({ store }: { readonly store: ConsoleStore }) {
  const urls = store.info.value?.urls;
  if (!urls) return null;
  return (
    <p class="muted ways">
      Also: {urls.command !== null && <code>{urls.command}</code>}
      {urls.ssh !== null && (
        <>
          , <code>{urls.ssh}</code>
        </>
      )}
    </p>
  );
}

export function ConsolePage({ who, caddy }: Props) {
  const onExpired = () => session.expired();
  const store = useMemo(() => {
    const openSocket = openConsoleSocket;
    return createConsoleStore({
      caddy,
      api: consoles,
      clock: { after },
      openSocket,
      onExpired,
    });
  }, [caddy]);
  const history = useMemo(() => createHistoryStore({ caddy, api: consoles, onExpired }), [caddy]);
  const readOnly = who.role === "viewer";
  useEffect(() => {
    document.title = `${caddy} · console · Caddyshack`;
  }, [caddy]);
  useSignalEffect(() => {
    if (link.state.value.phase === "lost") store.suspect();
  });
  return (
    <>
      <Strip who={who} />
      <main class="console">
        <header>
          <a href="#/">← Rack</a>
          <h2>{caddy}</h2>
          <StatusLine store={store} />
        </header>
        <ConsolePen store={store} readOnly={readOnly} />
        <ConsoleTerminal store={store} readOnly={readOnly} />
        <aside class="console-side" aria-label={`About ${caddy}`}>
          <Power name={caddy} readOnly={readOnly} />
          <People store={store} />
          <ConsoleHistory caddy={caddy} store={history} />
          <Ways store={store} />
        </aside>
      </main>
      <ConfirmDialog />
      <Announcer />
    </>
  );
}
