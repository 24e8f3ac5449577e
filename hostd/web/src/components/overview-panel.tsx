import type { Backplane, Caddy } from "../model/types.ts";
import { durationWords } from "../model/words.ts";
import { shack } from "../stores/app.ts";

const ORDER = ["on", "queued", "stopping", "off", "fault", "unknown", "empty"] as const;

function count(caddies: Iterable<Caddy>): { word: string; count: number }[] {
  const all = [...caddies];
  return ORDER.map((word) => ({
    word,
    count: all.filter((caddy) => caddy.power === word).length,
  })).filter((each) => each.count > 0);
}

function Row({ backplane }: { readonly backplane: Backplane }) {
  const uptime = backplane.info?.uptime_s;
  return (
    <tr>
      <th scope="row">{backplane.id}</th>
      <td>
        <span class={backplane.online ? "chip good" : "chip bad"}>
          {backplane.online ? "online" : "offline"}
        </span>
      </td>
      <td>
        <code>{backplane.module?.slice(0, 8) ?? "–"}</code>
      </td>
      <td>{backplane.online && typeof uptime === "number" ? durationWords(uptime * 1000) : "–"}</td>
    </tr>
  );
}

/** What stands beside the rack while no caddy is selected: the whole shack in figures. */
export function OverviewPanel() {
  const { caddies, backplanes } = shack.state.value;
  return (
    <aside class="panel" aria-label="Overview">
      <h2>Overview</h2>
      <ul class="tally">
        {count(caddies.values()).map((each) => (
          <li key={each.word} class={`power-${each.word}`}>
            <b>{each.count}</b> {each.word}
          </li>
        ))}
      </ul>
      <table>
        <caption>Backplanes</caption>
        <thead>
          <tr>
            <th scope="col">Id</th>
            <th scope="col">State</th>
            <th scope="col">Module</th>
            <th scope="col">Up for</th>
          </tr>
        </thead>
        <tbody>
          {backplanes.map((backplane) => (
            <Row key={backplane.id} backplane={backplane} />
          ))}
        </tbody>
      </table>
      <p class="muted">Select a caddy to look at it closely and to switch it.</p>
    </aside>
  );
}
