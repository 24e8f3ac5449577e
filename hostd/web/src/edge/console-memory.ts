// Edge: one thing this browser remembers about consoles: whether they are read out.

const KEY = "caddyshack.screen-reader";

export function wantsScreenReader(): boolean {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    // Storage is forbidden here: the switch stands where it stands by itself.
    return false;
  }
}

export function rememberScreenReader(yes: boolean): void {
  try {
    if (yes) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // As above: nothing depends on it.
  }
}
