import { type ActionOffer, powerOffers } from "../model/actions.ts";
import type { Caddy, PowerAction } from "../model/types.ts";
import { commands, link } from "../stores/app.ts";

const ICONS: Record<PowerAction, string> = {
  on: "M8 2v6M4.8 4.2a5 5 0 1 0 6.4 0",
  shutdown: "M13 9.6A5.4 5.4 0 1 1 6.4 3a4.4 4.4 0 0 0 6.6 6.6z",
  off: "M3.5 3.5h9v9h-9z",
  cycle: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3.2H9.8",
  reset: "M3 8a5 5 0 1 0 1.6-3.7M3 2v3.2h3.2M8 5.5V8l1.8 1.4",
};

function PowerButton({ caddy, offer, lost }: { caddy: Caddy; offer: ActionOffer; lost: boolean }) {
  const refusal = lost ? "the connection to hostd is lost" : offer.refusal;
  return (
    <button
      type="button"
      class={offer.action === "on" ? "act primary" : "act"}
      disabled={refusal !== null}
      title={refusal === null ? undefined : `Not now: ${refusal}`}
      onClick={() => commands.choose(caddy.name, offer)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={ICONS[offer.action]} />
      </svg>
      {offer.label}
    </button>
  );
}

export function PowerButtons({ caddy }: { readonly caddy: Caddy }) {
  const lost = link.state.value.phase === "lost";
  const offers = powerOffers(caddy);
  // When nothing at all can be done the one reason is worth a line; else it stands on each button.
  const blocked = lost
    ? "the connection to hostd is lost"
    : caddy.online
      ? null
      : (offers[0]?.refusal ?? null);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a legend nobody needs
    <div class="power" role="group" aria-label={`Power of ${caddy.name}`}>
      {offers.map((offer) => (
        <PowerButton key={offer.action} caddy={caddy} offer={offer} lost={lost} />
      ))}
      {blocked && <p class="muted">Cannot be switched now: {blocked}.</p>}
    </div>
  );
}
