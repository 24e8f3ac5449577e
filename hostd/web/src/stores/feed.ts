// Puts what the event stream says into the shack, and says so when it cannot read it.

import { signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { DecodeError } from "../model/decode.ts";
import { readMessage } from "../model/stream.ts";
import type { ShackStore } from "./shack.ts";

export function createFeed(shack: ShackStore, api: Pick<Api, "job">) {
  /** What hostd said that this page could not read; null: nothing. */
  const garbled = signal<string | null>(null);

  /** Job snapshots are not replayed: after a gap every job that was running is asked for. */
  async function catchUp(): Promise<void> {
    const running = shack.state.peek().jobs.filter((job) => job.state === "running");
    for (const { id } of running) {
      try {
        shack.dispatch({ type: "job", job: await api.job(id) });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // Any other failure ends the stream as well, and the next status asks again.
        if (error.status === 404) shack.dispatch({ type: "job-lost", id });
      }
    }
  }

  return {
    garbled,
    read(type: string, data: string): void {
      try {
        const message = readMessage(type, data);
        shack.dispatch(message);
        if (message.type === "status") void catchUp();
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        garbled.value = `hostd sent something this page does not understand (${error.message}).`;
      }
    },
  };
}
