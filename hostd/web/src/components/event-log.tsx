import { nowMs } from "../edge/clock.ts";
import type { StoredEvent } from "../model/types.ts";
import { eventTone, eventWords, timeWords } from "../model/words.ts";
import { selection, shack } from "../stores/app.ts";

const SHOWN_MAX = 100;

interface Props {
  readonly title: string;
  readonly events: readonly StoredEvent[];
  /** Says whose event it is; not needed where all are of one caddy. */
  readonly withSubject?: boolean;
}

function Subject({ event }: { readonly event: StoredEvent }) {
  const { caddy } = event;
  if (caddy === null) return <span class="subject">{event.backplane ?? "hostd"}</span>;
  if (!shack.state.value.caddies.has(caddy)) return <span class="subject">{caddy}</span>;
  return (
    <button type="button" class="subject" onClick={() => selection.select(caddy)}>
      {caddy}
    </button>
  );
}

export function EventLog({ title, events, withSubject = false }: Props) {
  return (
    <section class={withSubject ? "events all" : "events"} aria-label={title}>
      <h2>{withSubject ? title : "Recent events"}</h2>
      {events.length === 0 ? (
        <p class="muted">Nothing has happened yet.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it
        <ol tabIndex={0} aria-label={title}>
          {events.slice(0, SHOWN_MAX).map((event) => (
            <li key={event.id} class={eventTone(event)}>
              <time dateTime={event.at}>{timeWords(event.at, nowMs())}</time>
              {withSubject && <Subject event={event} />}
              <span class="what">{eventWords(event)}</span>
              <span class="actor" title={event.actor ?? undefined}>
                {event.actor ?? ""}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
