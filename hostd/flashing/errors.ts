// The errors of flashing and of pushing modules: part of the table in hostd/errors.ts.
import { type ErrorEntry, EXIT } from "../exit-codes.ts";

export const FLASHING_ERRORS = {
  CADDY_FLASH_PORT: {
    status: 500,
    exit: EXIT.failed,
    title: "The serial port cannot be used.",
    remedy: "Plug it in and run the same command again: what is written already is not sent again.",
  },
  CADDY_FLASH_NO_ANSWER: {
    status: 500,
    exit: EXIT.timedOut,
    title: "No boot loader answers at the serial port.",
    remedy: "Check cable and port (`hostd flash --list`); nothing was written.",
  },
  CADDY_FLASH_CHIP: {
    status: 500,
    exit: EXIT.refused,
    title: "That is not a chip this firmware is for.",
    remedy: "A backplane has a Wemos D1 mini: an ESP8266 with 4 MB of flash.",
  },
  CADDY_FLASH_IMAGE: {
    status: 500,
    exit: EXIT.refused,
    title: "The firmware image cannot be flashed.",
    remedy: "`npm run firmware:wemos` builds one where PlatformIO is installed.",
  },
  CADDY_FLASH_OTHER: {
    status: 500,
    exit: EXIT.refused,
    title: "The chip at that port belongs to another backplane.",
    remedy: "Nothing was written. Choose the right port, or say --move to make it this one.",
  },
  CADDY_FLASH_FAILED: {
    status: 500,
    exit: EXIT.failed,
    title: "Flashing failed.",
    remedy:
      "Run it again, with a lower --baud or a shorter cable; what is right is not sent again.",
  },
  CADDY_FLASH_OFFLINE: {
    status: 500,
    exit: EXIT.timedOut,
    title: "The backplane was flashed, but it has not come online.",
    remedy: "Check Wi-Fi name and password, and that the broker can be reached from its network.",
  },
  CADDY_MODULE: {
    status: 400,
    exit: EXIT.refused,
    title: "That is not a module for a backplane.",
    remedy: "Nothing was sent. `npm run build` makes firmware/build/backplane.wasm.",
  },
  CADDY_MODULE_STORE: {
    status: 409,
    exit: EXIT.refused,
    title: "The backplane has no module store.",
    remedy: "It is simulated without one: start the rack with --lane wasm3 or --lane lx106.",
  },
  CADDY_PUSH_RUNNING: {
    status: 409,
    exit: EXIT.refused,
    title: "A module is being pushed already.",
    remedy: "Wait until it has ended: `hostd module list` shows how far it is.",
  },
  CADDY_PUSH_REFUSED: {
    status: 409,
    exit: EXIT.refused,
    title: "The backplane refused the module.",
    remedy: "Nothing changed there. The reason is one of those in docs/SPEC.md 2.6.",
  },
  CADDY_PUSH_FAILED: {
    status: 502,
    exit: EXIT.failed,
    title: "The module did not stay.",
    remedy: "The lines above say what runs where; nothing more was begun after the failure.",
  },
  CADDY_PUSH_TIMED_OUT: {
    status: 504,
    exit: EXIT.timedOut,
    title: "The push did not end in time.",
    remedy: "hostd goes on with what it began: look at `hostd module list`.",
  },
} as const satisfies Record<string, ErrorEntry>;
