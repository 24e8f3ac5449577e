// The good logic with whatever hostd the loader gives.

import { buildModule } from "../../../firmware/build.ts";
import { createV8Lane } from "../../lanes/v8.ts";
import { type Caught, catchIn } from "../mutants.ts";

export async function runMutant(
  faults: string | undefined,
  seedsMax: number,
): Promise<Caught | null> {
  return catchIn(createV8Lane((await buildModule()).bytes), faults, seedsMax);
}
