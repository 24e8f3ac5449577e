import { hash } from "../edge/address.ts";
import { parseRoute } from "../model/route.ts";
import { session } from "../stores/app.ts";
import { ConsoleGate } from "./console-gate.tsx";
import { Dashboard } from "./dashboard.tsx";
import { LogIn } from "./log-in.tsx";

export function App() {
  const state = session.state.value;
  if (state.phase === "in") {
    const route = parseRoute(hash.value);
    if (route.page === "console") return <ConsoleGate who={state.who} caddy={route.caddy} />;
    return <Dashboard who={state.who} />;
  }
  if (state.phase === "out") return <LogIn why={state.why} busy={state.busy} />;
  return (
    <main class="waiting" aria-busy="true">
      <p role="status">Asking hostd who you are…</p>
    </main>
  );
}
