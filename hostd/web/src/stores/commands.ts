// Sending commands: ask first where that is due, then send, then show what came of it.

import { signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import type { ActionOffer } from "../model/actions.ts";
import type { Job } from "../model/types.ts";
import type { ShackStore } from "./shack.ts";

export interface Question {
  readonly caddy: string;
  readonly offer: ActionOffer;
}

export interface CommandError {
  readonly caddy: string;
  readonly message: string;
}

export interface CommandPorts {
  readonly api: Pick<Api, "power" | "identify" | "usb">;
  readonly shack: ShackStore;
  readonly onExpired: () => void;
}

export function createCommandStore({ api, shack, onExpired }: CommandPorts) {
  /** What the dialog asks now; null: it is closed. */
  const question = signal<Question | null>(null);
  const error = signal<CommandError | null>(null);

  async function send(caddy: string, request: () => Promise<Job>): Promise<void> {
    error.value = null;
    try {
      shack.dispatch({ type: "job", job: await request() });
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      if (thrown.kind === "unauthorised") return onExpired();
      error.value = { caddy, message: thrown.message };
    }
  }

  const power = (caddy: string, offer: ActionOffer) =>
    send(caddy, () => api.power(caddy, offer.action));

  return {
    question,
    error,
    /** Sends the action, or asks first. */
    choose(caddy: string, offer: ActionOffer): void {
      if (offer.refusal !== null) return;
      if (offer.confirm === null) void power(caddy, offer);
      else question.value = { caddy, offer };
    },
    answer(yes: boolean): void {
      const asked = question.peek();
      question.value = null;
      if (yes && asked) void power(asked.caddy, asked.offer);
    },
    identify: (caddy: string, on: boolean) => send(caddy, () => api.identify(caddy, on)),
    usb: (caddy: string, on: boolean) => send(caddy, () => api.usb(caddy, on)),
  };
}

export type CommandStore = ReturnType<typeof createCommandStore>;
