// Puts the stores together. The only place where stores meet the browser.

import { effect } from "@preact/signals";
import { createApi } from "../api/client.ts";
import { visible } from "../edge/address.ts";
import { after, nowMs } from "../edge/clock.ts";
import { http } from "../edge/http.ts";
import { rememberLogIn, remembersLogIn } from "../edge/memory.ts";
import { openStream } from "../edge/stream.ts";
import { createCommandStore } from "./commands.ts";
import { createLinkStore } from "./link.ts";
import { createSelectionStore } from "./selection.ts";
import { createSessionStore } from "./session.ts";
import { createShackStore } from "./shack.ts";

const api = createApi(http);

export const shack = createShackStore();
export const session = createSessionStore({
  api,
  memory: { remembers: remembersLogIn, remember: rememberLogIn },
});
const onExpired = () => session.expired();
export const link = createLinkStore({
  api,
  shack,
  clock: { nowMs, after },
  openStream,
  onExpired,
});
export const selection = createSelectionStore({ api, shack, onExpired });
export const commands = createCommandStore({ api, shack, onExpired });

/** From here on the page lives: a stream while logged in, nothing kept while logged out. */
export function startApp(): void {
  effect(() => {
    const { phase } = session.state.value;
    // A browser has six connections to a server for all its tabs: one nobody sees holds none.
    if (phase === "in" && visible.value) {
      link.start();
      return;
    }
    link.stop();
    if (phase === "in") return;
    selection.select(null);
    shack.dispatch({ type: "forget" });
    commands.question.value = null;
    commands.error.value = null;
  });
  void session.check();
}
