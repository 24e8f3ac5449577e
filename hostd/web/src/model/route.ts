// Which page the address asks for. It stands in the fragment, so that hostd serves one document.

export type Route =
  | { readonly page: "rack" }
  | { readonly page: "console"; readonly caddy: string };

const CONSOLE = /^#\/console\/([^/]+)$/;

/** What is no address of this page leads to the rack. */
export function parseRoute(hash: string): Route {
  const [, name = ""] = CONSOLE.exec(hash) ?? [];
  try {
    return name === "" ? { page: "rack" } : { page: "console", caddy: decodeURIComponent(name) };
  } catch {
    return { page: "rack" };
  }
}

export const consoleHref = (caddy: string): string => `#/console/${encodeURIComponent(caddy)}`;
