// Searching a console's history, and looking at what stood around a line.

import { signal } from "@preact/signals";
import type { ConsoleApi } from "../api/console.ts";
import { ApiError } from "../api/errors.ts";
import {
  AROUND_BYTES,
  aroundParams,
  type HistoryLine,
  type HistoryQuery,
  searchParams,
} from "../model/console-history.ts";

export interface Around {
  readonly line: HistoryLine;
  readonly before: number;
  readonly behind: number;
  readonly lines: readonly HistoryLine[];
}

export interface HistoryPorts {
  readonly caddy: string;
  readonly api: Pick<ConsoleApi, "lines">;
  readonly onExpired: () => void;
}

export function createHistoryStore({ caddy, api, onExpired }: HistoryPorts) {
  const query = signal<HistoryQuery>({ search: "", from: "", to: "" });
  /** Null before the first search. `search`: what they were found by. */
  const found = signal<{ search: string; lines: readonly HistoryLine[] } | null>(null);
  const around = signal<Around | null>(null);
  const busy = signal(false);
  const error = signal<string | null>(null);
  let attempt = 0;

  /** Null: it failed, or something newer was asked for meanwhile. */
  async function lines(params: Record<string, string>): Promise<HistoryLine[] | null> {
    attempt += 1;
    const mine = attempt;
    busy.value = true;
    error.value = null;
    try {
      const answer = await api.lines(caddy, params);
      return mine === attempt ? answer : null;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      if (thrown.kind === "unauthorised") onExpired();
      if (mine === attempt) error.value = thrown.message;
      return null;
    } finally {
      if (mine === attempt) busy.value = false;
    }
  }

  async function lookAround(line: HistoryLine, before: number, behind: number): Promise<void> {
    const answer = await lines(aroundParams(line.offset, before, behind));
    if (answer !== null) around.value = { line, before, behind, lines: answer };
  }

  return {
    query,
    found,
    around,
    busy,
    error,
    async search(): Promise<void> {
      const wanted = query.peek();
      const answer = await lines(searchParams(wanted));
      if (answer === null) return;
      around.value = null;
      found.value = { search: wanted.search, lines: [...answer].reverse() };
    },
    look: (line: HistoryLine) => lookAround(line, AROUND_BYTES, AROUND_BYTES),
    async more(which: "before" | "behind"): Promise<void> {
      const seen = around.peek();
      if (seen === null) return;
      const { line, before, behind } = seen;
      const add = (mine: "before" | "behind") => (mine === which ? 2 * AROUND_BYTES : 0);
      await lookAround(line, before + add("before"), behind + add("behind"));
    },
    back(): void {
      around.value = null;
    },
  };
}

export type HistoryStore = ReturnType<typeof createHistoryStore>;
