import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EVENT_TYPES } from "../../hostd/power/state.ts";
import {
  DecodeError,
  decodeBackplane,
  decodeCaddy,
  decodeJob,
  decodeStatus,
} from "../../hostd/web/src/model/decode.ts";
import { readMessage, STREAM_TYPES } from "../../hostd/web/src/model/stream.ts";
import { fakeBackplane, fakeCaddy, fakeEvent, fakeJob, fakeStatus } from "./fake-rack.ts";

const json = (value: unknown) => JSON.stringify(value);

describe("the stream", () => {
  test("each type of message is read", () => {
    const caddy = fakeCaddy("db1");
    const backplane = fakeBackplane("bp1");
    const job = fakeJob("j1");
    const event = fakeEvent(3);
    const status = fakeStatus();
    expect(readMessage("caddy", json(caddy))).toEqual({ type: "caddy", caddy });
    expect(readMessage("backplane", json(backplane))).toEqual({ type: "backplane", backplane });
    expect(readMessage("job", json(job))).toEqual({ type: "job", job });
    expect(readMessage("caddy.power", json(event))).toEqual({ type: "event", event });
    expect(readMessage("status", json(status))).toEqual({ type: "status", status });
  });

  test("is asked for every type of event that hostd stores", () => {
    const snapshots = ["status", "caddy", "backplane", "job"];
    expect([...STREAM_TYPES]).toEqual([...snapshots, ...EVENT_TYPES]);
  });

  test("whatever comes, it is a message or a DecodeError", () => {
    const types = fc.constantFrom("status", "caddy", "backplane", "job", "caddy.power");
    const data = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(types, data, (type, text) => {
        try {
          readMessage(type, text);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("fields", () => {
  test("a power state this page does not know is unknown, never on or off", () => {
    expect(decodeCaddy({ ...fakeCaddy("db1"), power: "dreaming" }).power).toBe("unknown");
    expect(decodeCaddy({ ...fakeCaddy("db1"), power: undefined }).power).toBe("unknown");
  });

  test("electrical keys of an offline caddy may be null or missing", () => {
    const bare = decodeCaddy({ name: "db1", address: "bp1/1", power: "unknown", online: false });
    expect(bare).toMatchObject({ present: null, pgood: null, mA: null, identify: null });
  });

  test.each([
    [() => decodeCaddy(null), "caddy is not an object"],
    [() => decodeCaddy([]), "caddy is not an object"],
    [() => decodeCaddy({ address: "bp1/1" }), "caddy.name is not a text"],
    [() => decodeCaddy({ name: "a", address: "bp1" }), 'caddy.address "bp1"'],
    [() => decodeBackplane({ id: "bp1", slots: 1e9 }), "backplane.slots 1000000000"],
    [() => decodeJob({ ...fakeJob("j1"), state: "odd" }), "job.state odd is unknown"],
    [() => decodeStatus({ shack: "s", caddies: {} }), "status.caddies is not a list"],
    [() => readMessage("caddy.power", json({ ...fakeEvent(1), id: "x" })), "event.id"],
    [() => readMessage("caddy", "{"), "caddy is not JSON"],
  ])("%#: the error names the field", (decode, message) => {
    expect(decode).toThrow(DecodeError);
    expect(decode).toThrow(message);
  });

  test("the supply is optional and must make sense", () => {
    const supply = (value: unknown) => decodeStatus({ ...fakeStatus(), supply: value }).supply;
    expect(supply({ volts: 5.1, amps: 60 })).toEqual({ volts: 5.1, amps: 60 });
    expect(supply(undefined)).toBe(null);
    expect(supply({ volts: 5.1, amps: 0 })).toBe(null);
    expect(supply("60 A")).toBe(null);
  });
});
