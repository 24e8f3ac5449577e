import { useComputed } from "@preact/signals";
import { nowMs } from "../edge/clock.ts";
import { consoleHref } from "../model/route.ts";
import type { Caddy } from "../model/types.ts";
import { carrierLong, currentWords, faultWords, timeWords } from "../model/words.ts";
import { commands, selection, shack } from "../stores/app.ts";
import { EventLog } from "./event-log.tsx";
import { JobCard } from "./job-card.tsx";
import { PowerButtons } from "./power-buttons.tsx";
import { Switches } from "./switches.tsx";

const yesNo = (value: boolean | null) => (value === null ? "–" : value ? "yes" : "no");

function Details({ caddy }: { readonly caddy: Caddy }) {
  return (
    <dl class="details">
      <dt>Current</dt>
      <dd>{currentWords(caddy.mA)}</dd>
      <dt>Power good</dt>
      <dd>{yesNo(caddy.pgood)}</dd>
      <dt>Fault</dt>
      <dd class={caddy.fault ? "bad" : ""}>
        {caddy.online || caddy.fault ? faultWords(caddy.fault) : "–"}
      </dd>
      <dt>Last change</dt>
      <dd>{timeWords(caddy.changed_at, nowMs())}</dd>
    </dl>
  );
}

function Body({ caddy }: { readonly caddy: Caddy }) {
  const error = commands.error.value;
  return (
    <>
      <PowerButtons caddy={caddy} />
      {error?.caddy === caddy.name && (
        <p class="error" role="alert">
          {error.message}
        </p>
      )}
      <JobCard caddy={caddy} />
      <a href={consoleHref(caddy.name)}>Console of {caddy.name}</a>
      <Switches caddy={caddy} />
      <Details caddy={caddy} />
    </>
  );
}

/** The panel goes, the focus returns to the blade it was about. */
function close(name: string): void {
  selection.select(null);
  document.querySelector<HTMLElement>(`[data-caddy="${CSS.escape(name)}"]`)?.focus();
}

/** The selected slot: what is in it, what it does, and the buttons to switch it. */
export function CaddyPanel({ name }: { readonly name: string }) {
  const caddy = useComputed(() => shack.state.value.caddies.get(name)).value;
  const { history } = shack.state.value;
  const empty = !caddy || caddy.power === "empty";
  const title = `caddy-${name}`;
  return (
    <aside class="panel" aria-labelledby={title}>
      <header>
        <div>
          <h2 id={title}>{name}</h2>
          <p class="muted">
            {caddy?.address}
            {empty ? "" : ` · ${carrierLong(caddy.carrier)}`}
          </p>
        </div>
        <span class={`chip power-${caddy?.power ?? "empty"}`}>{caddy?.power ?? "empty"}</span>
        <button
          type="button"
          class="close"
          aria-label={`Close ${name}`}
          onClick={() => close(name)}
        >
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M2 2l8 8M10 2l-8 8" />
          </svg>
        </button>
      </header>
      {empty ? (
        <p class="muted">No caddy is in this slot. Slide one in and it appears here.</p>
      ) : (
        <Body caddy={caddy} />
      )}
      <EventLog
        title={`Events of ${name}`}
        events={history?.caddy === name ? history.events : []}
      />
    </aside>
  );
}
