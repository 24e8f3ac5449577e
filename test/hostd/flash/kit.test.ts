// What hostd hands out for flashing, to whom, and which port is whose.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HostdClient } from "../../../hostd/cli/client.ts";
import { backplaneSecrets, lastSequence } from "../../../hostd/flashing/keys.ts";
import type { BackplanePort, FlashKit } from "../../../hostd/flashing/kit.ts";
import { moduleHash } from "../../../hostd/flashing/module-image.ts";
import { parseShack, ShackError } from "../../../hostd/model/shack.ts";
import { basic, SMALL_YAML, startTestHostd, type TestHostd } from "../helpers.ts";

const USB = "/dev/serial/by-path/platform-xhci-usb-0:1.4.1:1.0-port0";
let t: TestHostd;
let client: HostdClient;

beforeAll(async () => {
  const yaml = SMALL_YAML.replace("{ id: bp1, slots: 3 }", `{ id: bp1, slots: 3, usb: ${USB} }`);
  t = await startTestHostd({ yaml, backplanes: false });
  client = new HostdClient({ kind: "socket", path: t.hostd.urls.socket });
});
afterAll(async () => {
  client.close();
  await t.close();
});

const kitOf = (id: string, above: number | null) =>
  client.post<FlashKit>(`/api/v1/backplanes/${id}/flash-kit`, { above });

test("a kit has the secrets that broker and module store use, and the module itself", async () => {
  const kit = await kitOf("bp1", null);
  const { password, key } = backplaneSecrets(t.dataDir, "shack1/bp1");
  expect(kit).toMatchObject({
    backplane: "bp1",
    account: "shack1/bp1",
    password,
    key: Buffer.from(key).toString("hex"),
    sequence: null,
    broker: { host: "127.0.0.1", port: Number(new URL(t.hostd.urls.mqtt).port), tls: false },
  });
  const module = Uint8Array.from(Buffer.from(kit.module, "base64"));
  expect(moduleHash(module).slice(0, 16)).toBe(kit.module_id);
  expect((await kitOf("bp2", null)).key).not.toBe(kit.key);
});

test("a sequence is given once, above what hostd gave and above what the chip has", async () => {
  const before = lastSequence(t.dataDir, "shack1/bp2");
  expect((await kitOf("bp2", 0)).sequence).toBe(before + 1);
  expect((await kitOf("bp2", 0)).sequence).toBe(before + 2);
  expect((await kitOf("bp2", before + 40)).sequence).toBe(before + 41);
  expect((await kitOf("bp2", null)).sequence).toBe(null);
  expect(lastSequence(t.dataDir, "shack1/bp2")).toBe(before + 41);
});

test("ports are those of shack.yaml", async () => {
  const { ports } = await client.get<{ ports: BackplanePort[] }>("/api/v1/backplanes/ports");
  expect(ports).toEqual([
    { backplane: "bp1", usb: USB },
    { backplane: "bp2", usb: null },
  ]);
});

describe("refused", () => {
  const url = () => new URL("/api/v1/backplanes/bp1/flash-kit", t.hostd.urls.http ?? "");
  const post = (body: string, headers: Record<string, string>) =>
    fetch(url(), {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });

  test.each([
    ["nobody", {}, 401],
    ["a backplane's account", basic("shack1/bp1", "x"), 401],
  ])("to %s", async (_name, headers, status) => {
    const answer = await post('{"above":null}', headers);
    const text = await answer.text();
    expect(answer.status).toBe(status);
    expect(text).not.toContain(backplaneSecrets(t.dataDir, "shack1/bp1").password);
  });

  test.each(['{"above":-1}', '{"above":"1"}', '{"above":4294967295}', "{}", '{"above":1,"x":2}'])(
    "for %s",
    async (body) => {
      const answer = await post(body, basic("admin", t.password));
      const { code } = (await answer.json()) as { code: string };
      expect([answer.status, code]).toEqual([400, "CADDY_BAD_REQUEST"]);
    },
  );

  test("for a backplane that is not there, with those that are", async () => {
    await expect(kitOf("bp7", null)).rejects.toMatchObject({
      code: "CADDY_NO_SUCH_BACKPLANE",
      message: "no bp7; there are bp1, bp2",
    });
  });

  test("what hostd logs of it names who and what, and no secret", () => {
    const lines = t.lines.join("\n");
    const { password, key } = backplaneSecrets(t.dataDir, "shack1/bp1");
    expect(lines).toMatch(/info: local:\w+ flashes shack1\/bp1/);
    expect(lines).not.toContain(password);
    expect(lines).not.toContain(Buffer.from(key).toString("hex"));
  });
});

describe("usb: in shack.yaml", () => {
  const parse = (usb: string) =>
    parseShack(SMALL_YAML.replace("slots: 3 }", `slots: 3, usb: ${usb} }`), "shack.yaml");

  test.each([USB, "/dev/ttyUSB0", "/dev/serial/by-id/usb-1a86_USB2.0-Ser_-if00-port0"])(
    "%s is a port",
    (usb) => {
      expect(parse(usb).backplanes[0]?.usb).toBe(usb);
    },
  );

  test.each(["ttyUSB0", "3", '""', '"/dev/tty USB0"', "[/dev/ttyUSB0]", '"/dev/x\\n"'])(
    "%s is none",
    (usb) => {
      expect(() => parse(usb)).toThrow(ShackError);
      expect(() => parse(usb)).toThrow(/backplane bp1: usb/);
    },
  );

  test("two backplanes cannot share a port", () => {
    const both = SMALL_YAML.replace("slots: 3 }", "slots: 3, usb: /dev/ttyUSB0 }").replace(
      "slots: 2 }",
      "slots: 2, usb: /dev/ttyUSB0 }",
    );
    expect(() => parseShack(both, "shack.yaml")).toThrow(
      /shack.yaml:3:\d+: usb \/dev\/ttyUSB0 is used twice: a serial port is one backplane's/,
    );
  });
});
