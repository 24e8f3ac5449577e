// The shack as signals: one state behind the reducer, and one signal per caddy, so that a change of
// one caddy draws one blade.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { layOut } from "../model/layout.ts";
import { EMPTY_SHACK, reduceShack, type ShackMessage } from "../model/shack.ts";
import type { Backplane, Caddy } from "../model/types.ts";

export function createShackStore() {
  const state = signal(EMPTY_SHACK);
  const caddies = computed(() => state.value.caddies);
  const backplanes = computed(() => state.value.backplanes);
  const layoutKey = computed(() =>
    JSON.stringify(layOut({ caddies: caddies.value, backplanes: backplanes.value })),
  );
  return {
    state: state as ReadonlySignal<typeof state.value>,
    /** Changes only when something stands elsewhere, not when it changes state. */
    bays: computed(() => JSON.parse(layoutKey.value) as ReturnType<typeof layOut>),
    caddy: (name: string) => computed<Caddy | undefined>(() => caddies.value.get(name)),
    backplane: (id: string) =>
      computed<Backplane | undefined>(() => backplanes.value.find((each) => each.id === id)),
    dispatch(message: ShackMessage): void {
      state.value = reduceShack(state.peek(), message);
    },
  };
}

export type ShackStore = ReturnType<typeof createShackStore>;
