import { nowMs } from "../edge/clock.ts";
import { timeWords } from "../model/words.ts";
import { link } from "../stores/app.ts";

/** Whether what is drawn is true now, and if not, until when it was. */
export function LinkState() {
  const { phase, asOfMs } = link.state.value;
  const garbled = link.garbled.value;
  if (phase === "lost") {
    return (
      <p class="link lost" role="status">
        <span class="dot" aria-hidden="true" />
        Connection lost, as of {timeWords(asOfMs, nowMs())}. Trying again…
      </p>
    );
  }
  if (garbled !== null) {
    return (
      <p class="link lost" role="status">
        <span class="dot" aria-hidden="true" />
        {garbled} Reload the page.
      </p>
    );
  }
  return (
    <p class={`link ${phase}`} role="status">
      <span class="dot" aria-hidden="true" />
      {phase === "live" ? "Live" : "Connecting…"}
    </p>
  );
}
