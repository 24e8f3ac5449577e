import { useRef } from "preact/hooks";
import { session } from "../stores/app.ts";
import { Mark } from "./mark.tsx";

interface Props {
  readonly why: string | null;
  readonly busy: boolean;
}

export function LogIn({ why, busy }: Props) {
  const user = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  async function submit(event: Event) {
    event.preventDefault();
    if (busy || !user.current || !password.current) return;
    await session.logIn(user.current.value.trim(), password.current.value);
    // Still here: it was refused, and the password is what one types again.
    password.current?.select();
    password.current?.focus();
  }

  return (
    <main class="log-in">
      <form class="card" onSubmit={submit} aria-labelledby="log-in-title">
        <Mark />
        <h1 id="log-in-title">Caddyshack</h1>
        <p class="muted">Log in to see and switch this shack.</p>
        <label>
          User
          <input ref={user} name="user" autocomplete="username" defaultValue="admin" required />
        </label>
        <label>
          Password
          <input
            ref={password}
            name="password"
            type="password"
            autocomplete="current-password"
            required
            autofocus
            aria-describedby="log-in-hint"
          />
        </label>
        <p class="error" role="alert">
          {why}
        </p>
        <button class="primary" type="submit" disabled={busy}>
          {busy ? "Logging in…" : "Log in"}
        </button>
        <p class="hint" id="log-in-hint">
          The first password of <code>admin</code> stands in the file <code>admin-password</code> in
          hostd’s data folder.
        </p>
      </form>
    </main>
  );
}
