// Verbs that let time pass.

import type { Stage } from "./stage.ts";
import { unlike } from "./state-match.ts";
import { any, BACKPLANE_OR_ALL, CADDY, DURATION, oneOf, type Param, type Verb } from "./words.ts";

export const WANTED: Param = {
  name: "wanted",
  kind: any("a power state such as `on`, or `key=value` of the state topic"),
};
const LIMIT: Param = { name: "within", kind: DURATION };

async function wait(stage: Stage, limitMs: number, holds: () => boolean, why: () => string) {
  if (await stage.until(holds, limitMs)) return;
  stage.fail(`${why()} after ${limitMs} ms`);
}

export const WAIT_VERBS: readonly Verb<Stage>[] = [
  {
    name: "run",
    params: [{ name: "time", kind: DURATION }],
    help: "lets time pass",
    run: (stage, values) => stage.run(values.number("time")),
  },
  {
    name: "wait state",
    params: [{ name: "caddy", kind: CADDY }, WANTED, LIMIT],
    help: "until its retained state says so",
    run: (stage, values) => {
      const [caddy, wanted] = [values.text("caddy"), values.text("wanted")];
      const differs = () => unlike(stage.state(caddy), [wanted]);
      const why = () => `${caddy} is still ${differs()}`;
      return wait(stage, values.number("within"), () => differs() === null, why);
    },
  },
  {
    name: "wait online",
    params: [{ name: "backplane", kind: BACKPLANE_OR_ALL }, LIMIT],
    help: "until it has a session and says `online`, and hostd, when linked, knows; or `all` do",
    run: (stage, values) => waitStatus(stage, values.text("backplane"), "online", values),
  },
  {
    name: "wait offline",
    params: [{ name: "backplane", kind: BACKPLANE_OR_ALL }, LIMIT],
    help: "until its status is `offline`",
    run: (stage, values) => waitStatus(stage, values.text("backplane"), "offline", values),
  },
  {
    name: "wait phase",
    params: [
      { name: "caddy", kind: CADDY },
      {
        name: "phase",
        kind: oneOf(["off", "userspace", "running", "halting", "halted", "hung", "empty"]),
      },
      LIMIT,
    ],
    help: "until its computer has got there, whatever the backplane says",
    run: (stage, values) => {
      const phase = () => stage.control.truth(values.text("caddy")).phase;
      const why = () => `${values.text("caddy")} is still ${phase()}`;
      return wait(stage, values.number("within"), () => phase() === values.text("phase"), why);
    },
  },
  {
    name: "wait jobs",
    params: [LIMIT],
    help: "until no command given by way of hostd is under way",
    run: (stage, values) => {
      const why = () => `${stage.runningJobs.map(({ id }) => id).join(", ")} still run`;
      const none = () => stage.runningJobs.length === 0;
      return wait(stage, values.number("within"), none, why);
    },
  },
  {
    name: "wait linked",
    params: [LIMIT],
    help: "until hostd has its link to the broker",
    run: (stage, values) => {
      const linked = () => stage.hostd.running && stage.hostd.controller.linked;
      return wait(stage, values.number("within"), linked, () => "hostd is still without a link");
    },
  },
  {
    name: "mark",
    params: [],
    help: "edges, switch-ons and connects count from here",
    run: (stage) => stage.mark(),
  },
];

function waitStatus(
  stage: Stage,
  which: string,
  status: string,
  values: { number(name: string): number },
): Promise<void> {
  const { hostd } = stage;
  // What the broker has kept may be older than the session.
  const linked = (id: string) =>
    status !== "online" || stage.rack.rack.runtimes.get(id)?.session.state === "up";
  const heard = (id: string) =>
    !hostd.running ||
    !hostd.controller.linked ||
    hostd.controller.state.backplanes.get(id)?.status === status;
  const others = () =>
    stage
      .backplanes(which)
      .filter((id) => stage.status(id) !== status || !linked(id) || !heard(id));
  const why = () => `${others().join(", ")} not ${status}`;
  return wait(stage, values.number("within"), () => others().length === 0, why);
}
