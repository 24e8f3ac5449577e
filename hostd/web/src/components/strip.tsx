import { computed, useSignal } from "@preact/signals";
import type { Who } from "../model/types.ts";
import { ampsWords } from "../model/words.ts";
import { session, shack } from "../stores/app.ts";
import { LinkState } from "./link-state.tsx";
import { Mark } from "./mark.tsx";

const totals = computed(() => {
  const { caddies, supply } = shack.state.value;
  const present = [...caddies.values()].filter((caddy) => caddy.power !== "empty");
  const measured = present.filter((caddy) => caddy.mA !== null);
  return {
    count: present.length,
    online: present.filter((caddy) => caddy.online).length,
    mA: measured.length === 0 ? null : measured.reduce((sum, caddy) => sum + (caddy.mA ?? 0), 0),
    supply,
  };
});

function Current() {
  const { mA, supply } = totals.value;
  if (mA === null) return null;
  return (
    <div class="figure">
      <dt id="current-label">Current</dt>
      <dd>
        {ampsWords(mA)}
        {supply && (
          <>
            <small> of {supply.amps} A</small>
            <meter
              aria-labelledby="current-label"
              min={0}
              max={supply.amps * 1000}
              high={supply.amps * 800}
              optimum={0}
              value={mA}
            />
          </>
        )}
      </dd>
    </div>
  );
}

export function Strip({ who }: { readonly who: Who }) {
  const error = useSignal<string | null>(null);
  const { count, online } = totals.value;
  const { known, shack: name } = shack.state.value;
  return (
    <header class="strip">
      <div class="brand">
        <Mark />
        <h1>{known ? name : "Caddyshack"}</h1>
      </div>
      {known && (
        <dl class="figures">
          <div class="figure">
            <dt>Online</dt>
            <dd>
              {online}
              <small> of {count}</small>
            </dd>
          </div>
          <Current />
        </dl>
      )}
      <LinkState />
      <nav class="account" aria-label="Account and API">
        <a href="/api/v1/openapi.json">API</a>
        <span class="who" title={`role ${who.role}`}>
          {who.user}
        </span>
        <button
          type="button"
          onClick={async () => {
            error.value = await session.logOut();
          }}
        >
          Log out
        </button>
      </nav>
      {error.value && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
    </header>
  );
}
