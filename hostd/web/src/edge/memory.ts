// Edge: one bit this browser remembers: that it has logged in here. Without it the page would have
// to ask for a session it cannot have, on every first visit. The session itself is a cookie no
// script sees.

const KEY = "caddyshack.logged-in";

export function remembersLogIn(): boolean {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    // Storage is forbidden here: ask hostd.
    return true;
  }
}

export function rememberLogIn(yes: boolean): void {
  try {
    if (yes) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // As above: nothing depends on it.
  }
}
