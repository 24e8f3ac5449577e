import { useEffect } from "preact/hooks";
import type { Who } from "../model/types.ts";
import { link, selection, shack } from "../stores/app.ts";
import { Announcer } from "./announcer.tsx";
import { CaddyPanel } from "./caddy-panel.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { EventLog } from "./event-log.tsx";
import { OverviewPanel } from "./overview-panel.tsx";
import { Rack } from "./rack.tsx";
import { Strip } from "./strip.tsx";

export function Dashboard({ who }: { readonly who: Who }) {
  const { known, events, shack: title } = shack.state.value;
  const name = selection.selected.value;
  useEffect(() => {
    document.title = known ? `${title} · Caddyshack` : "Caddyshack";
  }, [known, title]);
  return (
    <>
      <Strip who={who} />
      {known ? (
        <main class={name === null ? "board" : "board with-selection"}>
          <Rack />
          {name === null ? <OverviewPanel /> : <CaddyPanel key={name} name={name} />}
          <EventLog title="Events" events={events} withSubject />
        </main>
      ) : (
        <main class="waiting" aria-busy="true">
          <p role="status">
            {link.garbled.value ?? "Waiting for hostd to say what stands in this shack…"}
          </p>
        </main>
      )}
      <ConfirmDialog />
      <Announcer />
    </>
  );
}
