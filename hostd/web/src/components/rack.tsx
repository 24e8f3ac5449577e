import { useRef } from "preact/hooks";
import { type Move, moveSelection } from "../model/layout.ts";
import { link, selection, shack } from "../stores/app.ts";
import { BackplaneBay } from "./backplane-bay.tsx";

const MOVES: Record<string, Move> = {
  ArrowLeft: "previous",
  ArrowUp: "previous",
  ArrowRight: "next",
  ArrowDown: "next",
  Home: "first",
  End: "last",
};

/** The enclosure as it stands. One list to a screen reader: arrow keys walk through all slots. */
export function Rack() {
  const list = useRef<HTMLDivElement>(null);
  const bays = shack.bays.value;
  const selected = selection.selected.value;
  const { shack: name } = shack.state.value;
  const stale = link.state.value.phase === "lost";

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") return selection.select(null);
    // The focus may stand on a blade that is not selected, as after Escape.
    const focused = event.target instanceof HTMLElement ? event.target.dataset.caddy : undefined;
    const move = MOVES[event.key];
    const choose = event.key === "Enter" || event.key === " ";
    if (!move && !choose) return;
    event.preventDefault();
    if (!move) return selection.select(focused ?? null);
    const to = moveSelection(bays, focused ?? selection.selected.peek(), move);
    if (to === null) return;
    selection.select(to);
    list.current?.querySelector<HTMLElement>(`[data-caddy="${CSS.escape(to)}"]`)?.focus();
  }

  const first = bays.flatMap((bay) => bay.slots)[0]?.name ?? null;
  return (
    <section class={stale ? "rack stale" : "rack"} aria-label={`Shack ${name}`}>
      <div class="enclosure">
        <div class="lid" aria-hidden="true">
          <span class="screw" />
          <span class="vents" />
          <span class="nameplate">{name}</span>
          <span class="vents" />
          <span class="screw" />
        </div>
        <div
          ref={list}
          class="bays"
          role="listbox"
          aria-label="Caddies"
          aria-orientation="horizontal"
          onKeyDown={onKeyDown}
        >
          {bays.map((bay) => (
            <BackplaneBay key={bay.id} bay={bay} tabStop={selected ?? first} />
          ))}
        </div>
        <div class="sill" aria-hidden="true" />
      </div>
      <p class="legend">
        <span>
          <i class="led green lit" /> power
        </span>
        <span>
          <i class="led amber lit" /> waiting, stopping or fault
        </span>
        <span>
          <i class="led locate lit" /> identify
        </span>
        <span class="keys">click, or arrow keys, to select</span>
      </p>
    </section>
  );
}
