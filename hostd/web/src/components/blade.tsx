import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Slot } from "../model/layout.ts";
import { ledsOf } from "../model/leds.ts";
import type { Caddy } from "../model/types.ts";
import { caddyLabel, carrierShort, currentWords } from "../model/words.ts";
import { selection, shack } from "../stores/app.ts";
import { Face } from "./face.tsx";

interface Props {
  readonly slot: Slot;
  readonly inTabOrder: boolean;
}

function Lamps({ caddy }: { readonly caddy: Caddy }) {
  const { green, amber, locate } = ledsOf(caddy);
  return (
    <span class="leds">
      <i class={green ? "led green lit" : "led"} />
      <i class={amber ? "led amber lit" : "led"} />
      <i class={locate ? "led locate lit" : "led locate"} />
    </span>
  );
}

function BladeFront({ caddy }: { readonly caddy: Caddy }) {
  return (
    <>
      <span class="handle" />
      <span class="front">
        <span class="name">{caddy.name}</span>
        <span class="ports">
          <Lamps caddy={caddy} />
          <Face carrier={caddy.carrier} />
          <span class="grille" />
        </span>
      </span>
      <span class="foot">
        <span class="carrier">{carrierShort(caddy.carrier)}</span>
        <span class="current">{caddy.online ? currentWords(caddy.mA) : "–"}</span>
        <span class="word">{caddy.power}</span>
      </span>
    </>
  );
}

function EmptySlot({ address }: { readonly address: string }) {
  return (
    <span class="void">
      <span class="rail" />
      <span class="slot-number">{address}</span>
      <span class="word">empty</span>
    </span>
  );
}

export function Blade({ slot, inTabOrder }: Props) {
  const caddy = useComputed(() => shack.state.value.caddies.get(slot.name)).value;
  const selected = selection.selected.value === slot.name;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // On a phone the panel comes up over the rack: the blade it is about stays in sight.
    if (selected) element.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const empty = !caddy || caddy.power === "empty";
  const label = caddy ? caddyLabel(caddy) : `${slot.name}, ${slot.address}, empty`;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list around it handles the keys
    <div
      ref={element}
      class={`blade power-${empty ? "empty" : caddy.power}`}
      role="option"
      aria-label={label}
      aria-selected={selected}
      tabIndex={inTabOrder ? 0 : -1}
      data-caddy={slot.name}
      title={slot.name}
      onClick={() => selection.select(slot.name)}
    >
      {empty ? <EmptySlot address={slot.address} /> : <BladeFront caddy={caddy} />}
    </div>
  );
}
