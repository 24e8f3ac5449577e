// `npm run lanes` prints what was measured, and names each row that is over its budget.
import { expect, test } from "vitest";
import type { Costs } from "../../firmware/lanes-measure.ts";
import { BUDGETS, costRows, overBudget, renderRows } from "../../firmware/lanes-report.ts";

const map = {
  objects: [],
  sections: new Map([
    [".rodata", 500],
    [".data", 0],
    [".bss", 1064],
  ]),
  placed: [
    { object: "mqtt", section: ".bss.state", address: 0x3ffe8000, bytes: 1000 },
    { object: "host", section: ".rodata.str1.1", address: 0x3ffe9000, bytes: 500 },
    { object: "link", section: ".bss.buffer", address: 0x3ffea000, bytes: 64 },
    { object: "mqtt", section: ".text.step", address: 0x40200000, bytes: 9000 },
  ],
};
const costs: Costs = {
  bootInstructions: 4_000_000,
  idlePass: { median: 1500, max: BUDGETS.idlePass },
  commandToLatch: {
    median: BUDGETS.commandToLatch,
    max: BUDGETS.commandToLatchMost,
    count: 36,
    longest: "x",
  },
  stack: { load: BUDGETS.stackLoad, service: BUDGETS.stackService, swap: 100 },
  heap: { steady: 12_000, loadPeak: BUDGETS.dram - 1500, swapPeak: 15_000 },
  blocks: [
    { caller: 1, size: 4120 },
    { caller: 2, size: 24 },
  ],
  code: { used: BUDGETS.code, spilled: 0 },
};
const symbols = (address: number) => (address === 1 ? "ResizeMemory" : "AllocFuncType");
const over = (changed: Partial<Costs>) =>
  overBudget(costRows({ ...costs, ...changed }, map, symbols)).map(({ what }) => what.trim());

test("what just fits is within its budget, and the lane's own memory does not count", () => {
  expect(over({})).toEqual([]);
  const text = renderRows(costRows(costs, map, symbols));
  expect(text).toMatch(/^RAM in all, most +24,576 {2}<= 24,576$/m);
  expect(text).toMatch(/^ {4}of it MQTT +1,000$/m);
  expect(text).toMatch(/^ {2}heap: linear memory +4,120$/m);
  expect(text).not.toContain("OVER");
});

const tooMuch: [string, Partial<Costs>][] = [
  ["RAM in all, most", { heap: { ...costs.heap, swapPeak: BUDGETS.dram } }],
  ["compiled code", { code: { used: BUDGETS.code, spilled: 256 } }],
  ["native stack, service", { stack: { ...costs.stack, service: BUDGETS.stackService + 4 } }],
  ["native stack, parse and compile", { stack: { ...costs.stack, load: BUDGETS.stackLoad + 4 } }],
  ["native stack, live swap", { stack: { ...costs.stack, swap: BUDGETS.stackLoad + 4 } }],
  ["instructions, longest idle pass", { idlePass: { median: 1, max: BUDGETS.idlePass + 1 } }],
  [
    "instructions, command to latch (of 36)",
    { commandToLatch: { ...costs.commandToLatch, median: BUDGETS.commandToLatch + 1 } },
  ],
  [
    "instructions, command to latch, most (x)",
    { commandToLatch: { ...costs.commandToLatch, max: BUDGETS.commandToLatchMost + 1 } },
  ],
];
for (const [what, changed] of tooMuch) {
  test(`over its budget: ${what}`, () => {
    expect(over(changed)).toEqual([what]);
    expect(renderRows(costRows({ ...costs, ...changed }, map, symbols))).toContain("OVER");
  });
}
