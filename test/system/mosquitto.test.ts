// The main job with stock parts: Debian's Mosquitto as the broker, mosquitto_pub and mosquitto_sub
// as the clients, the real module behind it; and the same exchange with the embedded broker.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultShackYaml } from "../../hostd/model/shack.ts";
import { Cleanup } from "./lib/child.ts";
import { dataFolder, type HostdChild, hostd, startHostd, untilOnline } from "./lib/hostd.ts";
import { type Login, publish, Subscriber, startMosquitto } from "./lib/mosquitto.ts";
import { rack, rackEdges } from "./lib/rack.ts";

const BASE = "caddyshack/shack1";
const WAIT = { timeout: 20_000, interval: 50 };

interface Site {
  child: HostdChild;
  admin: Login;
  /** Account of a backplane as hostd made it. */
  backplane(id: string): Login;
}

async function site(broker: "embedded" | "mosquitto", cleanup: Cleanup): Promise<Site> {
  const { dir, remove } = dataFolder();
  cleanup.add(remove);
  let mqttUrl: string | undefined;
  if (broker === "mosquitto") {
    writeFileSync(join(dir, "shack.yaml"), defaultShackYaml);
    const exported = await hostd(dir, "broker", "export", "mosquitto", "--out", dir);
    expect(exported.stderr).toBe("");
    expect(exported.code).toBe(0);
    const files = {
      passwords: join(dir, "caddyshack.passwords"),
      acl: join(dir, "caddyshack.acl"),
    };
    const { daemon, port } = await startMosquitto(dir, files);
    cleanup.add(() => daemon.stop());
    mqttUrl = `mqtt://127.0.0.1:${port}`;
  }
  const child = await startHostd({ dataDir: dir, ...(mqttUrl ? { mqttUrl } : {}) });
  cleanup.add(() => child.daemon.stop());
  const { accounts } = JSON.parse(readFileSync(join(dir, "broker-accounts.json"), "utf8"));
  const login = (user: string, password: string): Login => ({
    port: child.mqttPort,
    user,
    password,
  });
  await untilOnline(child);
  return {
    child,
    admin: login("admin", child.password),
    backplane(id) {
      const account = `shack1/${id}`;
      return { ...login(account, accounts[account]), clientId: account };
    },
  };
}

describe.each(["mosquitto", "embedded"] as const)("broker: %s", (broker) => {
  const cleanup = new Cleanup();
  let it: Site;
  beforeAll(async () => {
    it = await site(broker, cleanup);
  });
  afterAll(() => cleanup.run());

  test("on x1 is acknowledged and the retained state says on; once more does nothing", async () => {
    const slot = `${BASE}/bp1/1`;
    const subscriber = await Subscriber.start(it.admin, [`${slot}/#`]);
    cleanup.add(() => subscriber.stop());
    const acks = (id: string) => subscriber.json(`${slot}/ack`).filter((ack) => ack.id === id);
    const before = await rackEdges(it.child.dataDir, "bp1/1");

    expect((await publish(it.admin, `${slot}/power/set`, "on x1")).code).toBe(0);
    await expect
      .poll(() => acks("x1").at(-1), WAIT)
      .toEqual({ id: "x1", verb: "on", result: "done", reason: null });
    await expect.poll(() => subscriber.json(`${slot}/state`).at(-1)?.power, WAIT).toBe("on");
    expect(await rackEdges(it.child.dataDir, "bp1/1")).toBe(before + 1);

    const count = acks("x1").length;
    expect((await publish(it.admin, `${slot}/power/set`, "on x1")).code).toBe(0);
    await expect.poll(() => acks("x1").length, WAIT).toBe(count + 1);
    expect(acks("x1").at(-1)).toMatchObject({ result: "done", reason: null });
    // What comes after the repeat has come: the repeat itself did nothing before it.
    await publish(it.admin, `${slot}/identify/set`, "on x2");
    await expect.poll(() => acks("x2").at(-1)?.result, WAIT).toBe("done");
    expect(await rackEdges(it.child.dataDir, "bp1/1")).toBe(before + 1);
  });

  test("a late subscriber finds the retained state", async () => {
    const topic = `${BASE}/bp1/2/state`;
    const subscriber = await Subscriber.start(it.admin, [topic, `${BASE}/bp1/status`]);
    cleanup.add(() => subscriber.stop());
    await expect.poll(() => subscriber.messages.length, WAIT).toBe(2);
    expect(subscriber.messages.every(({ retained }) => retained)).toBe(true);
    expect(subscriber.json(topic)[0]).toMatchObject({ present: true });
  });

  test("a command that was retained switches nothing when the backplane comes", async () => {
    const slot = `${BASE}/bp2/3`;
    const { dataDir } = it.child;
    const before = await rackEdges(dataDir, "bp2/3");
    const subscriber = await Subscriber.start(it.admin, [`${slot}/ack`, `${BASE}/bp2/status`]);
    cleanup.add(() => subscriber.stop());
    const status = () => subscriber.messages.filter(({ topic }) => topic.endsWith("/status"));
    expect((await rack(dataDir, "hold", "bp2")).code).toBe(0);
    await publish(it.admin, `${slot}/power/set`, "on r1", "-r");
    expect((await rack(dataDir, "release", "bp2")).code).toBe(0);
    // The broker sees the end of the held board's session only when its new one takes over.
    await expect
      .poll(() => status().map(({ payload }) => payload), WAIT)
      .toEqual(["online", "offline", "online"]);
    await publish(it.admin, `${slot}/identify/set`, "on r2");
    await expect.poll(() => subscriber.json(`${slot}/ack`).at(-1)?.id, WAIT).toBe("r2");

    // Mosquitto keeps it and delivers it with RETAIN; the embedded broker never took it.
    const acks = subscriber.json(`${slot}/ack`).filter(({ id }) => id === "r1");
    const refused = { id: "r1", verb: "on", result: "refused", reason: "retained" };
    expect(acks).toEqual(broker === "mosquitto" ? [refused] : []);
    expect(await rackEdges(dataDir, "bp2/3")).toBe(before);
    await publish(it.admin, `${slot}/power/set`, "", "-r");
  });

  test("anonymous clients and wrong passwords are refused", async () => {
    const { port } = it.admin;
    const anonymous = await publish({ port }, `${BASE}/bp1/1/power/set`, "off");
    expect(anonymous.code).not.toBe(0);
    expect(anonymous.stderr).toMatch(/not authorised|refused/i);
    const wrong = await publish(
      { ...it.admin, password: "guess" },
      `${BASE}/bp1/1/power/set`,
      "off",
    );
    expect(wrong.code).not.toBe(0);
    const listener = await Subscriber.start({ port }, ["#"]);
    cleanup.add(() => listener.stop());
    expect(listener.granted).toEqual([128]);
    expect(listener.messages).toEqual([]);
  });

  test("bp1 can neither read nor write bp2", async () => {
    // Two clients of one account would throw each other off, so the real bp1 is held in reset.
    expect((await rack(it.child.dataDir, "hold", "bp1")).code).toBe(0);
    cleanup.add(() => rack(it.child.dataDir, "release", "bp1"));
    const bp1 = it.backplane("bp1");
    const own = `${BASE}/bp1/1/identify/set`;
    const spy = await Subscriber.start(bp1, [own, `${BASE}/bp2/#`, `${BASE}/bp2/1/power/set`]);
    cleanup.add(() => spy.stop());
    const witness = await Subscriber.start(it.admin, [`${BASE}/bp2/#`]);
    cleanup.add(() => witness.stop());
    const acked = (id: string) => witness.json(`${BASE}/bp2/1/ack`).some((ack) => ack.id === id);

    await publish(it.admin, `${BASE}/bp2/1/identify/set`, "on s1");
    await expect.poll(() => acked("s1"), WAIT).toBe(true);
    // Its own command comes after those of bp2, so these would have come before.
    await publish(it.admin, own, "on s2");
    await expect.poll(() => spy.messages.map(({ topic }) => topic), WAIT).toEqual([own]);
    await spy.stop();

    await publish(bp1, `${BASE}/bp2/1/state`, "forged");
    await publish(bp1, `${BASE}/bp2/1/power/set`, "on s3");
    await publish(it.admin, `${BASE}/bp2/1/identify/set`, "off s4");
    await expect.poll(() => acked("s4"), WAIT).toBe(true);
    const payloads = witness.messages.map(({ payload }) => payload);
    expect(payloads).toContain("off s4");
    expect(payloads).not.toContain("forged");
    expect(payloads).not.toContain("on s3");
    expect(acked("s3")).toBe(false);
  });
});
