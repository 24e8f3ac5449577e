// Opens the broker of choice: the embedded one with its accounts, or a link to an external one.

import { urlHost } from "./addresses.ts";
import type { Listen } from "./api/listeners.ts";
import { portError } from "./api/listeners.ts";
import { brokerPasswords } from "./bus/broker/accounts.ts";
import { accessTable, HOSTD_ACCOUNT } from "./bus/broker/acl.ts";
import { Broker } from "./bus/broker/broker.ts";
import type { Bus } from "./bus/bus.ts";
import { MqttBus } from "./bus/mqtt-bus.ts";
import { randomId } from "./edge/random.ts";
import type { Shack } from "./model/shack.ts";
import { type BrokerChoice, brokerPassword } from "./options.ts";
import type { Clock, Log } from "./ports.ts";
import type { BrokerLogin } from "./virtual.ts";

export interface OpenBroker {
  kind: "embedded" | "external";
  url: string;
  bus: Bus;
  /** How the holder of an account reaches the broker. */
  loginOf: (account: string) => BrokerLogin;
  stop(): Promise<void>;
}

export async function openBroker(o: {
  choice: BrokerChoice;
  dataDir: string;
  shack: Shack;
  clock: Clock;
  log: Log;
  /** The embedded broker refused a login. */
  onRefused: (user: string, place: string) => void;
}): Promise<OpenBroker> {
  const { choice, dataDir, shack, clock, log, onRefused } = o;
  const ids = shack.backplanes.map(({ id }) => id);
  const access = accessTable(shack.name, ids);
  const accounts = access.map(({ account }) => account);
  const passwords = brokerPasswords(dataDir, accounts);
  const password = passwords.get(HOSTD_ACCOUNT) ?? "";
  const clientId = `hostd-${randomId(8)}`;
  const loginAt = (url: string) => (account: string) => ({
    url,
    username: account,
    password: passwords.get(account) ?? "",
    clientId: account,
  });
  if (choice.kind === "external") {
    const { url, user } = choice.broker;
    const bus = new MqttBus({
      to: url,
      user: user ?? HOSTD_ACCOUNT,
      password: brokerPassword(dataDir, password),
      clientId,
      log,
    });
    return { kind: "external", url, bus, loginOf: loginAt(url), stop: async () => {} };
  }
  const broker = new Broker({ access, passwords, clock, log, onRefused });
  await broker.start();
  const port = await listen(broker, choice.listen);
  const url = `mqtt://${urlHost(choice.listen.host)}:${port}`;
  const to = () => broker.connectInside();
  const bus = new MqttBus({ to, user: HOSTD_ACCOUNT, password, clientId, log });
  return { kind: "embedded", url, bus, loginOf: loginAt(url), stop: () => broker.stop() };
}

async function listen(broker: Broker, at: Listen): Promise<number> {
  try {
    return await broker.listen(at.host, at.port);
  } catch (error) {
    await broker.stop();
    throw portError(error as NodeJS.ErrnoException, at, "--mqtt");
  }
}
