// Verbs of the hand in the machine room: caddies, buttons, load switches, wires, supplies.

import { CARRIERS, type Carrier } from "../../hostd/model/shack.ts";
import { BREAKAGES, type Breakage } from "../parts/load-switch.ts";
import { RESET_CAUSES, type ResetCause } from "../parts/wemos.ts";
import { corruptRecord } from "./records.ts";
import type { Stage } from "./stage.ts";
import {
  any,
  BACKPLANE,
  CADDY,
  DURATION,
  oneOf,
  type Param,
  SLOT,
  type Verb,
  whole,
} from "./words.ts";

const ONE_CADDY: Param = { name: "caddy", kind: CADDY };
const ONE_BACKPLANE: Param = { name: "backplane", kind: BACKPLANE };
const BOUNCE: Param = { name: "bounce", kind: DURATION, optional: true };
const NET: Param = { name: "net", kind: any("a wire such as `bp1/SCK` or `bp1/2/PWR_EN`") };

const CADDY_VERBS: readonly Verb<Stage>[] = [
  {
    name: "insert",
    params: [
      ONE_CADDY,
      { name: "slot", kind: SLOT },
      { name: "carrier", kind: oneOf(CARRIERS), optional: true },
      BOUNCE,
    ],
    help: "pushes a caddy into a slot (any free one); its contact bounces as long as said",
    run: ({ control, shack }, values) => {
      const caddy = shack.caddies.find(({ name }) => name === values.text("caddy"));
      const carrier = values.has("carrier") ? values.text("carrier") : caddy?.carrier;
      const bounceMs = values.has("bounce") ? values.number("bounce") : 0;
      const kind = carrier === undefined ? {} : { carrier: carrier as Carrier };
      control.insert(values.text("slot"), { bounceMs, ...kind });
    },
  },
  {
    name: "pull",
    params: [ONE_CADDY, BOUNCE],
    help: "pulls what is in the caddy's slot",
    run: ({ control }, values) =>
      control.pull(values.text("caddy"), {
        bounceMs: values.has("bounce") ? values.number("bounce") : 0,
      }),
  },
  {
    name: "press",
    params: [ONE_CADDY, { name: "for", kind: DURATION, optional: true }, BOUNCE],
    help: "presses the caddy's button (200 ms)",
    run: ({ control }, values) =>
      control.press(values.text("caddy"), {
        ...(values.has("for") ? { holdMs: values.number("for") } : {}),
        ...(values.has("bounce") ? { bounceMs: values.number("bounce") } : {}),
      }),
  },
  {
    name: "hang",
    params: [ONE_CADDY],
    help: "hangs the caddy's computer",
    run: ({ control }, values) => control.hang(values.text("caddy")),
  },
  {
    name: "overload",
    params: [ONE_CADDY, { name: "mA", kind: whole(0, 99_999) }],
    help: "lets the caddy draw so much more, 0 ends it",
    run: ({ control }, values) => control.overload(values.text("caddy"), values.number("mA")),
  },
  {
    name: "short",
    params: [ONE_CADDY],
    help: "shorts its load switch: on whatever the logic says",
    run: ({ control }, values) => control.breakSwitch(values.text("caddy"), "short"),
  },
  {
    name: "break",
    params: [
      ONE_CADDY,
      { name: "how", kind: oneOf(BREAKAGES.filter((how) => how !== "none" && how !== "short")) },
    ],
    help: "breaks its load switch: never on, or FLT stuck low",
    run: ({ control }, values) =>
      control.breakSwitch(values.text("caddy"), values.text("how") as Breakage),
  },
  {
    name: "repair",
    params: [ONE_CADDY],
    help: "puts a new load switch in",
    run: ({ control }, values) => control.repair(values.text("caddy")),
  },
];

const BACKPLANE_VERBS: readonly Verb<Stage>[] = [
  {
    name: "reset",
    params: [
      ONE_BACKPLANE,
      { name: "cause", kind: oneOf(Object.keys(RESET_CAUSES)), optional: true },
    ],
    help: "resets its Wemos (by its pin)",
    run: ({ control }, values) => {
      const cause = values.has("cause") ? values.text("cause") : "pin";
      control.reset(values.text("backplane"), cause as ResetCause);
    },
  },
  {
    name: "hold",
    params: [ONE_BACKPLANE],
    help: "holds its Wemos in reset",
    run: ({ control }, values) => control.hold(values.text("backplane")),
  },
  {
    name: "release",
    params: [ONE_BACKPLANE],
    help: "lets it run again",
    run: ({ control }, values) => control.release(values.text("backplane")),
  },
  {
    name: "hang-backplane",
    params: [ONE_BACKPLANE],
    help: "hangs its program until the watchdog bites",
    run: ({ control, watched }, values) => {
      control.hangBackplane(values.text("backplane"));
      watched.trouble(values.text("backplane"), { what: "hung" });
    },
  },
  {
    name: "corrupt",
    params: [
      ONE_BACKPLANE,
      { name: "record", kind: oneOf(["hot", "durable"]) },
      { name: "how", kind: oneOf(["outside", "inside"]), optional: true },
    ],
    help: "flips a bit of a kept record: seen by the frame's checksum, or `inside` a good frame",
    run: ({ rack, watched }, values) => {
      const id = values.text("backplane");
      const record = values.text("record") as "hot" | "durable";
      const inside = values.has("how") && values.text("how") === "inside";
      const found = rack.rack.backplanes.find((one) => one.id === id);
      if (found) corruptRecord(found.wemos, record, inside);
      watched.trouble(id, { what: "records", durable: record === "durable" });
    },
  },
  {
    name: "cut",
    params: [NET],
    help: "cuts a wire",
    run: ({ control, watched }, values) => {
      control.cut(values.text("net"));
      watched.wire(values.text("net"), true);
    },
  },
  {
    name: "mend",
    params: [NET],
    help: "mends it",
    run: ({ control, watched }, values) => {
      control.mend(values.text("net"));
      watched.wire(values.text("net"), false);
    },
  },
];

const SUPPLY_VERBS: readonly Verb<Stage>[] = [
  {
    name: "supply on",
    params: [],
    help: "switches the 5 V supply of the shack on",
    run: ({ control }) => control.supply(true),
  },
  {
    name: "supply off",
    params: [{ name: "for", kind: DURATION, optional: true }],
    help: "switches it off, for a time or until `supply on`",
    run: (stage, values) => {
      stage.control.supply(false);
      if (!values.has("for")) return;
      stage.later(values.number("for"), "supply on", () => stage.control.supply(true));
    },
  },
  {
    name: "logic-rail on",
    params: [ONE_BACKPLANE],
    help: "gives a backplane its 3.3 V logic rail back",
    run: ({ control }, values) => control.logicRail(values.text("backplane"), true),
  },
  {
    name: "logic-rail off",
    params: [ONE_BACKPLANE, { name: "for", kind: DURATION, optional: true }],
    help: "takes it away, for a time or until `logic-rail on`",
    run: (stage, values) => {
      const id = values.text("backplane");
      stage.control.logicRail(id, false);
      if (!values.has("for")) return;
      const on = () => stage.control.logicRail(id, true);
      stage.later(values.number("for"), `logic-rail on ${id}`, on);
    },
  },
];

export const HAND_VERBS = [...CADDY_VERBS, ...BACKPLANE_VERBS, ...SUPPLY_VERBS];
