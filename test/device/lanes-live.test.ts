// A live rack whose backplane is a process or an emulated CPU of its own, with its own MQTT client
// on a real socket, in front of a real broker (aedes).
import { type AddressInfo, createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import { connectAsync, type MqttClient } from "mqtt";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildModule } from "../../firmware/build.ts";
import { laneProgram } from "../../firmware/lanes.ts";
import type { BoardProgram } from "../../sim/lanes/board-process.ts";
import { type LiveRack, startLiveRack } from "../../sim/live/live-rack.ts";
import { BASE, oneBackplane } from "../sim/shacks.ts";

const PASSWORD = "secret of shack1/bp1";
const WAIT = { timeout: 20_000 };
let broker: Aedes;
let server: Server;
let port = 0;
let rack: LiveRack | null = null;
let operator: MqttClient;
const retained = new Map<string, string>();
/** The broker's ends of the board's connections. */
const boardSockets: { destroy(): unknown }[] = [];

async function startBroker(onPort: number): Promise<void> {
  broker = await Aedes.createBroker({});
  broker.authenticate = (client, username, password, done) => {
    const isBoard = client.id === "shack1/bp1" && String(username) === "shack1/bp1";
    if (isBoard) boardSockets.push(client.conn);
    done(null, client.id === "operator" || (isBoard && String(password) === PASSWORD));
  };
  server = createServer({ noDelay: true }, broker.handle);
  await new Promise<void>((resolve) => server.listen(onPort, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
}

function stopBroker(): Promise<void> {
  return new Promise((resolve) => broker.close(() => server.close(() => resolve())));
}

async function connectOperator(): Promise<void> {
  operator = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: "operator" });
  operator.on("message", (topic, payload) => {
    retained.set(topic, payload.toString());
  });
  await operator.subscribeAsync("caddyshack/#", { qos: 1 });
}

beforeEach(async () => {
  await startBroker(0);
  retained.clear();
  boardSockets.length = 0;
  await connectOperator();
});
afterEach(async () => {
  await rack?.stop();
  rack = null;
  await operator.endAsync(true);
  await stopBroker();
});

const status = () => retained.get(`${BASE}/status`);
const json = (topic: string) => JSON.parse(retained.get(`${BASE}/${topic}`) ?? "{}");

for (const name of ["wasm3", "lx106"] as const) {
  describe(name, () => liveTests(name));
}

function liveTests(name: BoardProgram["name"]): void {
  let program: BoardProgram;
  let moduleBytes: Uint8Array;
  beforeAll(async () => {
    program = await laneProgram(name);
    moduleBytes = (await buildModule()).bytes;
  }, 240_000);

  const start = (protocol = "mqtt:") => {
    const url = `${protocol}//127.0.0.1:${port}`;
    const connect = (username: string) => ({ url, username, password: PASSWORD });
    const boards = { program, keyOf: () => new Uint8Array(32) };
    return startLiveRack({ shack: oneBackplane, moduleBytes, connect, seed: 1, boards });
  };

  test("comes online, obeys, survives a reset and its broker's restart", async () => {
    rack = await start();
    await expect.poll(status, WAIT).toBe("online");
    await operator.publishAsync(`${BASE}/1/power/set`, "on x1", { qos: 1 });
    await expect.poll(() => json("1/state"), WAIT).toMatchObject({ power: "on", pgood: true });
    const truth = () => rack?.control.truth("db1");
    expect(truth()).toMatchObject({ pwrEn: true, pgood: true });

    rack.at(() => rack?.rack.backplanes[0]?.wemos.reset("watchdog"));
    await expect.poll(() => json("info").reset, WAIT).toBe("watchdog");
    expect(truth()).toMatchObject({ pgood: true });

    await operator.endAsync(true);
    await stopBroker();
    retained.clear();
    await startBroker(port);
    await connectOperator();
    await expect.poll(status, WAIT).toBe("online");
    await expect.poll(() => json("1/state"), WAIT).toMatchObject({ power: "on" });
    expect(rack.control.edges("db1").count).toBe(1);
  });

  test("its will speaks when the power goes, and it comes back", async () => {
    rack = await start();
    await expect.poll(status, WAIT).toBe("online");
    rack.at(() => rack?.control.supply(false));
    // The broker hears of it by its own keep-alive; taking the sockets away is quicker.
    for (const socket of boardSockets) socket.destroy();
    await expect.poll(status, WAIT).toBe("offline");
    rack.at(() => rack?.control.supply(true));
    await expect.poll(status, WAIT).toBe("online");
    expect(json("info").reset).toBe("power-on");
  });

  test("a broker that wants TLS is refused in clear words", async () => {
    await expect(start("mqtts:")).rejects.toThrow(/must begin with mqtt:\/\//);
  });
}
