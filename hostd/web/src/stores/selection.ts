// Which caddy is selected. Its own history is fetched: the common list may not reach back that far.

import { signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { HISTORY_MAX } from "../model/shack.ts";
import type { ShackStore } from "./shack.ts";

export interface SelectionPorts {
  readonly api: Pick<Api, "events">;
  readonly shack: ShackStore;
  readonly onExpired: () => void;
}

export function createSelectionStore({ api, shack, onExpired }: SelectionPorts) {
  const selected = signal<string | null>(null);

  async function loadHistory(caddy: string): Promise<void> {
    shack.dispatch({ type: "history", caddy, events: [] });
    // An empty slot has a name, but it is no caddy of hostd's unless hostd said so.
    if (!shack.state.peek().caddies.has(caddy)) return;
    try {
      const events = await api.events(HISTORY_MAX, caddy);
      if (selected.peek() === caddy) shack.dispatch({ type: "history", caddy, events });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The events that came by stream stand there already; a lost connection is told elsewhere.
      if (error.kind === "unauthorised") onExpired();
    }
  }

  return {
    selected,
    select(name: string | null): void {
      if (selected.peek() === name) return;
      selected.value = name;
      if (name !== null) void loadHistory(name);
    },
  };
}

export type SelectionStore = ReturnType<typeof createSelectionStore>;
