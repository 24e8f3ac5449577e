// A real Mosquitto as the broker, and its clients as stock MQTT clients.

import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Daemon, run } from "./child.ts";

/** Free a moment ago: for programs that cannot choose one themselves. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export interface BrokerFiles {
  /** Password and access files as `hostd broker export mosquitto` wrote them. */
  passwords: string;
  acl: string;
}

/** Starts Mosquitto on a free port of loopback. Somebody may take it first, so it tries again. */
export async function startMosquitto(
  folder: string,
  files: BrokerFiles,
): Promise<{ daemon: Daemon; port: number }> {
  const program = existsSync("/usr/sbin/mosquitto") ? "/usr/sbin/mosquitto" : "mosquitto";
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const config = join(folder, "mosquitto.conf");
    const lines = [
      `listener ${port} 127.0.0.1`,
      "allow_anonymous false",
      `password_file ${files.passwords}`,
      `acl_file ${files.acl}`,
      // As root it would change to its own user, who may not read a test's folder.
      `user ${userInfo().username}`,
      "log_dest stderr",
      "connection_messages true",
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    const daemon = new Daemon(program, ["-c", config]);
    try {
      await daemon.printed(/mosquitto version \S+ running/);
      return { daemon, port };
    } catch (error) {
      await daemon.stop();
      if (attempt === 3 || !/Address already in use/.test(daemon.output)) throw error;
    }
  }
}

export interface Login {
  port: number;
  user?: string;
  password?: string;
  /** Backplanes must use their account's name. */
  clientId?: string;
}

function loginArgs({ port, user, password, clientId }: Login): string[] {
  const args = ["-h", "127.0.0.1", "-p", String(port), "-V", "mqttv311"];
  if (user !== undefined) args.push("-u", user);
  if (password !== undefined) args.push("-P", password);
  if (clientId !== undefined) args.push("-i", clientId);
  return args;
}

export function publish(login: Login, topic: string, message: string, ...more: string[]) {
  const args = [...loginArgs(login), "-t", topic, "-q", "1", "-m", message, ...more];
  return run("mosquitto_pub", args);
}

export interface Received {
  topic: string;
  payload: string;
  retained: boolean;
}

/** mosquitto_sub, from its subscription on. */
export class Subscriber {
  readonly daemon: Daemon;
  readonly #filters: readonly string[];

  private constructor(login: Login, filters: readonly string[]) {
    this.#filters = filters;
    const format = ["-F", "MESSAGE %r %t %p", "-d", "-q", "1"];
    const topics = filters.flatMap((filter) => ["-t", filter]);
    // Line by line: into a pipe it would keep what it prints to itself.
    const args = ["-oL", "mosquitto_sub", ...loginArgs(login), ...format, ...topics];
    this.daemon = new Daemon("stdbuf", args);
  }

  /** Answers after the broker's SUBACK; `granted` has 128 where it refused a filter. */
  static async start(login: Login, filters: readonly string[]): Promise<Subscriber> {
    const subscriber = new Subscriber(login, filters);
    await subscriber.daemon.printed(/Subscribed \(mid: \d+\): [\d, ]+|Connection .*\n|All subs/);
    return subscriber;
  }

  get granted(): number[] {
    const match = /Subscribed \(mid: \d+\): ([\d, ]+)/.exec(this.daemon.output);
    return match ? (match[1] ?? "").split(", ").map(Number) : this.#filters.map(() => 128);
  }

  get messages(): Received[] {
    return [...this.daemon.output.matchAll(/^MESSAGE ([01]) (\S+) (.*)$/gm)].map((match) => ({
      retained: match[1] === "1",
      topic: match[2] ?? "",
      payload: match[3] ?? "",
    }));
  }

  /** Payloads of one topic, read as JSON, in the order they came. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the wire carries
  json(topic: string): any[] {
    return this.messages
      .filter((message) => message.topic === topic)
      .map(({ payload }) => JSON.parse(payload));
  }

  stop() {
    return this.daemon.stop();
  }
}
