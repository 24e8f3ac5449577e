// The exchange on the broker model, in virtual time.

import { isCommandTopic, mayPublish, mayRead } from "../../../../hostd/bus/broker/acl.ts";
import { type Access, Broker } from "../../../../sim/mqtt/broker.ts";
import type { Connection } from "../../../../sim/mqtt/connection.ts";
import { Scheduler } from "../../../../sim/world/scheduler.ts";
import { type Action, access, EXCHANGE, heard, ordered, passwords } from "./exchange.ts";

const rules = new Map(access.map((one) => [one.account, one]));

/** What the embedded broker asks of its accounts. */
export const modelAccess: Access = {
  login: (_id, username, password) => username !== null && passwords.get(username) === password,
  publish(username, topic, retain) {
    const mine = rules.get(username ?? "");
    return mine !== undefined && mayPublish(mine, topic) && !(retain && isCommandTopic(topic));
  },
  subscribe(username, filter) {
    const mine = rules.get(username ?? "");
    return mine !== undefined && mayRead(mine, filter);
  },
};

/** What every client hears, step by step. */
export function onModel(): string[][] {
  const scheduler = new Scheduler();
  const broker = new Broker({ scheduler, access: modelAccess });
  const connections = new Map<string, Connection>();
  const mute = new Set<string>();
  let got: { who: string; what: string }[] = [];
  const open = (who: string): Connection => {
    const connection = broker.open({
      receive(packet) {
        const what = heard(packet);
        if (what !== null) got.push({ who, what });
        if (packet.type !== "publish" || packet.qos === 0 || mute.has(who)) return;
        connection?.send({ type: "puback", id: packet.id });
      },
      closed() {
        got.push({ who, what: "closed" });
        connections.delete(who);
      },
    });
    if (connection === null) throw new Error("the model does not listen");
    connections.set(who, connection);
    return connection;
  };
  const act = ({ who, packet }: Action) => {
    if (packet.type === "mute") mute.add(who);
    else if (packet.type === "drop") connections.get(who)?.hangUp();
    else {
      const connection = packet.type === "connect" ? open(who) : connections.get(who);
      connection?.send(packet);
      if (packet.type === "disconnect") connection?.hangUp();
    }
  };
  return EXCHANGE.map(({ actions }) => {
    got = [];
    for (const action of actions) {
      act(action);
      scheduler.runTo(scheduler.nowMs + 50);
    }
    return ordered(got);
  });
}
