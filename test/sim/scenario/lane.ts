// The real module for scenarios, and where they lie.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildModule } from "../../../firmware/build.ts";
import { createV8Lane } from "../../../sim/lanes/v8.ts";

export const lane = createV8Lane((await buildModule()).bytes);

const folder = fileURLToPath(new URL("../../scenarios/", import.meta.url));

export const scenarioNames = readdirSync(folder)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => file.slice(0, -".txt".length))
  .sort();

export function scenarioText(name: string): string {
  return readFileSync(`${folder}${name}.txt`, "utf8");
}
