import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Who } from "../model/types.ts";

type Page = typeof import("./console-page.tsx").ConsolePage;

const page = signal<Page | null>(null);
const failed = signal(false);

async function load(): Promise<void> {
  failed.value = false;
  try {
    page.value = (await import("./console-page.tsx")).ConsolePage;
  } catch {
    failed.value = true;
  }
}

/** The console page comes when it is first wanted: its terminal is larger than all the rest. */
export function ConsoleGate({ who, caddy }: { readonly who: Who; readonly caddy: string }) {
  useEffect(() => {
    if (page.peek() === null) void load();
  }, []);
  const Page = page.value;
  if (Page !== null) return <Page key={caddy} who={who} caddy={caddy} />;
  return (
    <main class="waiting" aria-busy={!failed.value}>
      <p role="status">
        {failed.value
          ? "The console page could not be loaded from hostd. Reload this page."
          : "Loading the terminal…"}
      </p>
    </main>
  );
}
