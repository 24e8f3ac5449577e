// Where everything stands: backplanes side by side, each with all of its slots, empty ones too.

import type { ShackState } from "./shack.ts";
import type { Backplane, Caddy } from "./types.ts";

export interface Slot {
  readonly address: string;
  /** The caddy's name, or the slot's own (`bp1-2`) when nothing is known to be in it. */
  readonly name: string;
}

export interface Bay {
  readonly id: string;
  readonly slots: readonly Slot[];
}

const slotNumber = (caddy: Caddy) => Number(caddy.address.split("/")[1]);
const backplaneOf = (caddy: Caddy) => caddy.address.split("/")[0] ?? "";

function bay(id: string, slots: number, caddies: readonly Caddy[]): Bay {
  const byAddress = new Map(caddies.map((caddy) => [caddy.address, caddy]));
  const count = Math.max(slots, ...caddies.map(slotNumber));
  return {
    id,
    slots: Array.from({ length: count }, (_, index) => {
      const address = `${id}/${index + 1}`;
      return { address, name: byAddress.get(address)?.name ?? `${id}-${index + 1}` };
    }),
  };
}

/** Bays in the order hostd names the backplanes; a backplane known only by a caddy comes last. */
export function layOut(state: Pick<ShackState, "caddies" | "backplanes">): Bay[] {
  const caddies = [...state.caddies.values()];
  const of = (id: string) => caddies.filter((caddy) => backplaneOf(caddy) === id);
  const known = new Set(state.backplanes.map((backplane) => backplane.id));
  const strays = new Set(caddies.map(backplaneOf).filter((id) => !known.has(id)));
  return [
    ...state.backplanes.map((backplane: Backplane) =>
      bay(backplane.id, backplane.slots, of(backplane.id)),
    ),
    ...[...strays].map((id) => bay(id, 0, of(id))),
  ];
}

export type Move = "previous" | "next" | "first" | "last";

/** Where an arrow key leads from `name`: it stops at both ends. */
export function moveSelection(bays: readonly Bay[], name: string | null, move: Move) {
  const names = bays.flatMap((each) => each.slots.map((slot) => slot.name));
  const at = name === null ? -1 : names.indexOf(name);
  const last = names.length - 1;
  const to = { previous: Math.max(0, at - 1), next: Math.min(last, at + 1), first: 0, last }[move];
  return names[to] ?? null;
}
