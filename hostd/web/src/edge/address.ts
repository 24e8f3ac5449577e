// Edge: the fragment of the address, and whether anybody can see this page.

import { signal } from "@preact/signals";

export const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

export const visible = signal(document.visibilityState === "visible");
document.addEventListener("visibilitychange", () => {
  visible.value = document.visibilityState === "visible";
});
