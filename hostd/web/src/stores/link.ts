// Keeps the event stream open and feeds the shack from it: the shell around model/link.ts.

import { signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { IDLE_LINK, type LinkEffect, type LinkEvent, stepLink } from "../model/link.ts";
import { EVENTS_MAX, newestEventId } from "../model/shack.ts";
import { createFeed } from "./feed.ts";
import type { ShackStore } from "./shack.ts";

export interface LinkPorts {
  readonly api: Pick<Api, "whoAmI" | "events" | "job">;
  readonly shack: ShackStore;
  readonly clock: { nowMs(): number; after(ms: number, callback: () => void): () => void };
  readonly openStream: (
    since: number,
    handlers: { heard(type: string | null, data: string): void; failed(): void },
  ) => () => void;
  /** hostd does not know this session any more. */
  readonly onExpired: () => void;
}

export function createLinkStore(ports: LinkPorts) {
  const { api, shack, clock } = ports;
  const state = signal(IDLE_LINK);
  const { garbled, read } = createFeed(shack, api);
  let cancelTimer = () => {};
  let closeStream = () => {};
  // Answers of an attempt that was given up meanwhile are not for us any more.
  let attempt = 0;

  function feed(event: LinkEvent): void {
    const step = stepLink(state.peek(), event, clock.nowMs());
    state.value = step.state;
    for (const effect of step.effects) perform(effect);
  }

  function perform(effect: LinkEffect): void {
    if (effect.do === "wait") {
      cancelTimer();
      cancelTimer = clock.after(effect.ms, () => feed("timer"));
      return;
    }
    attempt += 1;
    closeStream();
    closeStream = () => {};
    if (effect.do === "open") void open(attempt);
    else cancelTimer();
  }

  /** A stream refused with 401 looks like any other failure, so hostd is asked before a retry. */
  async function open(mine: number): Promise<void> {
    try {
      if (!shack.state.peek().known) {
        const events = await api.events(EVENTS_MAX);
        if (mine === attempt) shack.dispatch({ type: "events", events });
      } else if (state.peek().failures > 0) {
        await api.whoAmI();
      }
    } catch (error) {
      if (mine !== attempt) return;
      if (error instanceof ApiError && error.kind === "unauthorised") return ports.onExpired();
      if (error instanceof ApiError && error.kind === "garbled") garbled.value = error.message;
      return feed("failed");
    }
    if (mine !== attempt) return;
    closeStream = ports.openStream(newestEventId(shack.state.peek()), {
      heard(type, data) {
        feed("heard");
        if (type !== null) read(type, data);
      },
      failed: () => feed("failed"),
    });
  }

  return {
    state,
    garbled,
    start(): void {
      garbled.value = null;
      feed("start");
    },
    stop: () => feed("stop"),
  };
}

export type LinkStore = ReturnType<typeof createLinkStore>;
