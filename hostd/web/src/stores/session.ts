// Who is logged in. `checking` until hostd has said so.

import { signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import type { Who } from "../model/types.ts";

export type SessionState =
  | { readonly phase: "checking" }
  /** `why`: what to tell above the form; null when there is nothing to tell. */
  | { readonly phase: "out"; readonly why: string | null; readonly busy: boolean }
  | { readonly phase: "in"; readonly who: Who };

export interface SessionPorts {
  readonly api: Pick<Api, "whoAmI" | "logIn" | "logOut">;
  readonly memory: { remembers(): boolean; remember(yes: boolean): void };
}

/** What to tell somebody whose log-in was refused. */
export function refusalWords(error: unknown): string {
  if (!(error instanceof ApiError)) return "Logging in failed inside this page. Reload it.";
  if (error.kind === "unauthorised") return "User or password is wrong.";
  return error.message;
}

export function createSessionStore({ api, memory }: SessionPorts) {
  const state = signal<SessionState>({ phase: "checking" });
  const out = (why: string | null) => {
    memory.remember(false);
    state.value = { phase: "out", why, busy: false };
  };
  return {
    state,
    /** At start: is there a session already? Retrying an unreachable hostd is the form's user's. */
    async check(): Promise<void> {
      if (!memory.remembers()) return out(null);
      try {
        state.value = { phase: "in", who: await api.whoAmI() };
      } catch (error) {
        if (error instanceof ApiError && error.kind === "unauthorised") return out(null);
        state.value = { phase: "out", why: refusalWords(error), busy: false };
      }
    },
    async logIn(user: string, password: string): Promise<void> {
      state.value = { phase: "out", why: null, busy: true };
      try {
        const who = await api.logIn(user, password);
        memory.remember(true);
        state.value = { phase: "in", who };
      } catch (error) {
        state.value = { phase: "out", why: refusalWords(error), busy: false };
      }
    },
    /** Answers what went wrong; null: logged out. */
    async logOut(): Promise<string | null> {
      try {
        await api.logOut();
        out(null);
        return null;
      } catch (error) {
        return error instanceof ApiError ? error.message : String(error);
      }
    },
    /** hostd does not know this session any more. */
    expired(): void {
      if (state.peek().phase === "in") out("Your session has ended. Log in again.");
    },
  };
}

export type SessionStore = ReturnType<typeof createSessionStore>;
