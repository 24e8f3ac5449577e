import { useComputed } from "@preact/signals";
import type { Bay } from "../model/layout.ts";
import { ampsWords } from "../model/words.ts";
import { shack } from "../stores/app.ts";
import { Blade } from "./blade.tsx";

interface Props {
  readonly bay: Bay;
  /** The caddy that the Tab key leads to. */
  readonly tabStop: string | null;
}

/** What the plate below the blades says: figures only when they are known to be true now. */
function plateFigures(mA: number, info: Readonly<Record<string, unknown>> | null): string[] {
  const rail = info?.rail_mV;
  return [
    ...(typeof rail === "number" ? [`${(rail / 1000).toFixed(2)} V`] : []),
    ...(mA > 0 ? [ampsWords(mA)] : []),
  ];
}

export function BackplaneBay({ bay, tabStop }: Props) {
  const backplane = useComputed(() => shack.state.value.backplanes.find((b) => b.id === bay.id));
  const mA = useComputed(() =>
    bay.slots.reduce((sum, slot) => sum + (shack.state.value.caddies.get(slot.name)?.mA ?? 0), 0),
  );
  const online = backplane.value?.online ?? false;
  const word = online ? "online" : "offline";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of options, which no element stands for
    <div
      class={`bay ${word}`}
      data-slots={bay.slots.length}
      role="group"
      aria-label={`Backplane ${bay.id}, ${word}`}
    >
      <div class="slots" role="presentation">
        {bay.slots.map((slot) => (
          <Blade key={slot.name} slot={slot} inTabOrder={slot.name === tabStop} />
        ))}
      </div>
      <div class="plate" aria-hidden="true">
        <i class={online ? "led green lit" : "led amber lit"} />
        <b>{bay.id}</b>
        <span>{online ? "" : "offline"}</span>
        <span class="figures-line">
          {online ? plateFigures(mA.value, backplane.value?.info ?? null).join("  ") : ""}
        </span>
      </div>
    </div>
  );
}
