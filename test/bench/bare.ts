// A bare aedes round trip, measured in the same run: what the times of the rack are compared with.

import { createServer, Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Aedes } from "aedes";
import mqtt, { type MqttClient } from "mqtt";
import { percentile } from "./report.ts";

/** Small packets leave at once: with Nagle's algorithm a QoS 1 exchange waits 40 ms for an ACK. */
export function withoutDelay(client: MqttClient): MqttClient {
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  return client;
}

export interface RoundTrip {
  p50Ms: number;
  p99Ms: number;
}

/** Client to broker to echo to broker to client, QoS 1, one at a time over TCP on loopback. */
export async function bareRoundTrip(count: number): Promise<RoundTrip> {
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => broker.handle(socket.setNoDelay(true)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const connect = async (clientId: string) => {
    const url = `mqtt://127.0.0.1:${port}`;
    return withoutDelay(await mqtt.connectAsync(url, { clientId, protocolVersion: 4 }));
  };
  const [echo, client] = await Promise.all([connect("echo"), connect("client")]);
  try {
    echo.on("message", (_topic, payload) => echo.publish("back", payload, { qos: 1 }));
    await Promise.all([
      echo.subscribeAsync("there", { qos: 1 }),
      client.subscribeAsync("back", { qos: 1 }),
    ]);
    const timesMs: number[] = [];
    let arrived = () => {};
    client.on("message", () => arrived());
    for (let i = 0; i < count; i++) {
      const back = new Promise<void>((done) => {
        arrived = done;
      });
      const sentMs = performance.now();
      client.publish("there", String(i), { qos: 1 });
      await back;
      timesMs.push(performance.now() - sentMs);
    }
    return { p50Ms: percentile(timesMs, 0.5) ?? 0, p99Ms: percentile(timesMs, 0.99) ?? 0 };
  } finally {
    await Promise.all([echo.endAsync(), client.endAsync()]);
    await new Promise<void>((done) => broker.close(done));
    await new Promise((done) => server.close(done));
  }
}
