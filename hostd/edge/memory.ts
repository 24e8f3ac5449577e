// Gives back what starting up needed: loading hostd makes a lot of garbage, and V8 would keep that
// room for the whole quiet life that follows (about 30 MB of 140).
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export function releaseStartMemory(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  setFlagsFromString("--no-expose-gc");
  // The launcher keeps the nursery small until here; from now on load may make it grow.
  setFlagsFromString("--semi-space-growth-factor=2");
}
