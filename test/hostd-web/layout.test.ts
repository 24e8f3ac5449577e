import { expect, test } from "vitest";
import { layOut, moveSelection } from "../../hostd/web/src/model/layout.ts";
import { EMPTY_SHACK, reduceShack } from "../../hostd/web/src/model/shack.ts";
import { fakeBackplane, fakeCaddy, fakeStatus } from "./fake-rack.ts";

const names = (state: Parameters<typeof layOut>[0]) =>
  layOut(state).map((bay) => `${bay.id}: ${bay.slots.map((slot) => slot.name).join(" ")}`);

test("every caddy stands in its slot, whatever order hostd names them in", () => {
  const status = fakeStatus();
  const shuffled = { ...status, caddies: status.caddies.toReversed() };
  expect(names(reduceShack(EMPTY_SHACK, { type: "status", status: shuffled }))).toEqual([
    "bp1: gateway core-sw db1",
    "bp2: db2 web1 web2",
    "bp3: k3s-1 k3s-2 k3s-3",
    "bp4: build disk1 lab old-print",
  ]);
});

test("slots nobody named are drawn empty; a caddy of an unknown backplane is drawn as well", () => {
  const caddies = new Map([
    ["db1", fakeCaddy("db1", { address: "bp1/3" })],
    ["far", fakeCaddy("far", { address: "bp7/2" })],
  ]);
  expect(names({ caddies, backplanes: [fakeBackplane("bp1")] })).toEqual([
    "bp1: bp1-1 bp1-2 db1",
    "bp7: bp7-1 far",
  ]);
  expect(names({ caddies: new Map(), backplanes: [] })).toEqual([]);
});

test("arrow keys walk through all slots and stop at both ends", () => {
  const caddies = new Map([["db1", fakeCaddy("db1", { address: "bp1/3" })]]);
  const bays = layOut({ caddies, backplanes: [fakeBackplane("bp1"), fakeBackplane("bp4")] });
  expect(moveSelection(bays, null, "next")).toBe("bp1-1");
  expect(moveSelection(bays, null, "previous")).toBe("bp1-1");
  expect(moveSelection(bays, "db1", "next")).toBe("bp4-1");
  expect(moveSelection(bays, "bp1-1", "previous")).toBe("bp1-1");
  expect(moveSelection(bays, "db1", "last")).toBe("bp4-4");
  expect(moveSelection(bays, "bp4-4", "next")).toBe("bp4-4");
  expect(moveSelection(bays, "gone", "first")).toBe("bp1-1");
  expect(moveSelection([], null, "next")).toBe(null);
});
