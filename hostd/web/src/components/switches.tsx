import type { Caddy } from "../model/types.ts";
import { commands, link } from "../stores/app.ts";

interface Props {
  readonly label: string;
  readonly explain: string;
  readonly on: boolean | null;
  readonly disabled: boolean;
  readonly set: (on: boolean) => void;
}

function Switch({ label, explain, on, disabled, set }: Props) {
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={on === true}
      aria-label={label}
      disabled={disabled || on === null}
      onClick={() => set(on !== true)}
    >
      <span class="track" aria-hidden="true">
        <span class="knob" />
      </span>
      <span>
        <b>{label}</b>
        <small>{explain}</small>
      </span>
      <span class="state">{on === null ? "unknown" : on ? "on" : "off"}</span>
    </button>
  );
}

/** They show what the backplane says, not what was clicked: a switch moves when the LED does. */
export function Switches({ caddy }: { readonly caddy: Caddy }) {
  const disabled = !caddy.online || link.state.value.phase === "lost";
  return (
    <div class="switches">
      <Switch
        label="Identify"
        explain="lights the blue lamp on its face"
        on={caddy.identify}
        disabled={disabled}
        set={(on) => void commands.identify(caddy.name, on)}
      />
      <Switch
        label="USB"
        explain="joins it to the backplane’s hub"
        on={caddy.usb}
        disabled={disabled}
        set={(on) => void commands.usb(caddy.name, on)}
      />
    </div>
  );
}
