// The embedded MQTT broker: aedes, with the access table asked at every packet.
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { Aedes, type AedesPublishPacket, type Client, type Subscription } from "aedes";
import { blockedMs, failed, succeeded, type Throttle } from "../../api/throttle.ts";
import type { Clock, Log } from "../../ports.ts";
import type { Passwords } from "./accounts.ts";
import {
  type AccessRules,
  ADMIN_ACCOUNT,
  HOSTD_ACCOUNT,
  isCommandTopic,
  mayPublish,
  mayRead,
} from "./acl.ts";
import { guardFrames, newFrameState } from "./frame-guard.ts";

export interface BrokerOptions {
  access: readonly AccessRules[];
  passwords: Passwords;
  clock: Clock;
  log: Log;
  /** A login was refused; not called for those that were throttled. */
  onRefused?: (user: string, place: string) => void;
}

interface ConnectPacket {
  clean?: boolean;
  will?: { topic: string; payload: Buffer; retain?: boolean };
}

const CONNECTIONS_MAX = 2048;
/** A client that does not read would hold the others up, so it is dropped soon. */
const DRAIN_MS = 5000;
const CONNECT_MS = 10_000;
/** Nothing a backplane publishes is longer (bus/topics.ts). */
const BACKPLANE_PAYLOAD_MAX_BYTES = 8192;

class Refusal extends Error {
  readonly returnCode: number;

  constructor(message: string, returnCode: number) {
    super(message);
    this.returnCode = returnCode;
  }
}

/** Neither logged nor an event: whoever guesses decides how often it happens. */
class Throttled extends Refusal {}

const digest = (text: string | Buffer) => createHash("sha256").update(text).digest();

export class Broker {
  private readonly options: BrokerOptions;
  private readonly rules: Map<string, AccessRules>;
  private readonly accountOf = new WeakMap<Client, AccessRules>();
  private readonly connectOf = new WeakMap<Client, ConnectPacket>();
  private readonly throttle: Throttle = new Map();
  private readonly sockets = new Set<Socket>();
  private aedes: Aedes | null = null;
  private server: Server | null = null;

  constructor(options: BrokerOptions) {
    this.options = options;
    this.rules = new Map(options.access.map((rules) => [rules.account, rules]));
  }

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker({
      queueLimit: 64,
      maxClientsIdLength: 128,
      maxTopicLevels: 12,
      maxInflightInbound: 64,
      concurrency: 1000,
      connectTimeout: CONNECT_MS,
      drainTimeout: DRAIN_MS,
      preConnect: (client, packet, done) => {
        const connect = packet as ConnectPacket;
        this.connectOf.set(client, connect);
        // Sessions are clean (docs/SPEC.md 2): nothing piles up for a client that is away.
        connect.clean = true;
        done(null, true);
      },
      authenticate: (client, user, password, done) => {
        const refusal = this.admit(client, user, password);
        if (refusal) done(refusal as never, false);
        else done(null, true);
      },
      authorizePublish: (client, packet, done) => done(this.publishError(client, packet)),
      authorizeSubscribe: (client, wanted, done) => done(null, this.granted(client, wanted)),
      authorizeForward: (client, packet) => (this.forwards(client, packet) ? packet : null),
    });
    this.aedes = aedes;
    // Errors of single clients are their own affair; without listeners they would be silent anyway.
    aedes.on("clientError", (client, error) => {
      if (error instanceof Throttled) return;
      this.options.log("warn", `broker: ${placeOf(client)} ${client.id}: ${error.message}`);
    });
  }

  /** Opens the TCP listener; answers the port. Rejects with the socket's own error. */
  async listen(host: string, port: number): Promise<number> {
    const server = createServer((socket) => this.accept(socket));
    server.maxConnections = CONNECTIONS_MAX;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    this.server = server;
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** A connection inside this process; it logs in like any other. */
  connectInside(): Duplex {
    const [near, far] = duplexPair();
    if (!this.aedes) throw new Error("the broker is not started");
    this.aedes.handle(far);
    return near;
  }

  async stop(): Promise<void> {
    const { server, aedes } = this;
    this.server = null;
    this.aedes = null;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    if (aedes) await new Promise<void>((resolve) => aedes.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.setNoDelay(true);
    const state = newFrameState();
    const read = socket.read.bind(socket);
    // aedes pulls with read(); looking at what it pulls costs no copy and no extra stream.
    socket.read = (size?: number) => {
      const chunk: Buffer | null = read(size);
      if (chunk === null || guardFrames(state, chunk)) return chunk;
      this.options.log("warn", `broker: ${socket.remoteAddress}: packet too long or malformed`);
      socket.destroy();
      return null;
    };
    this.aedes?.handle(socket);
  }

  /** As login(), but slows down those who guess: by address and account, as others may share it. */
  private admit(
    client: Client,
    user: Readonly<string | undefined>,
    password: Readonly<Buffer | undefined>,
  ): Refusal | null {
    const { clock, onRefused } = this.options;
    const place = placeOf(client);
    const key = `${place} ${user !== undefined && this.rules.has(user) ? user : "?"}`;
    const waitMs = blockedMs(this.throttle, key, clock.nowMs());
    if (waitMs > 0) return new Throttled("too many failed logins", 3);
    const refusal = this.login(client, user, password);
    if (!refusal) succeeded(this.throttle, key);
    else {
      failed(this.throttle, key, clock.nowMs());
      onRefused?.(user ?? "", place);
    }
    return refusal;
  }

  /** Null when the login is right; else why not, with the CONNACK code. */
  private login(
    client: Client,
    user: Readonly<string | undefined>,
    password: Readonly<Buffer | undefined>,
  ): Refusal | null {
    if (!user) return new Refusal("anonymous clients are refused", 5);
    const wanted = this.options.passwords.get(user);
    const rules = this.rules.get(user);
    const equal = timingSafeEqual(digest(wanted ?? "?"), digest((password as Buffer) ?? ""));
    if (wanted === undefined || !rules || !equal) return new Refusal("wrong user or password", 4);
    const person = user === ADMIN_ACCOUNT || user === HOSTD_ACCOUNT;
    // Whoever could take over another's client id could throw it off the broker.
    if (
      (person && this.rules.has(client.id) && client.id !== user) ||
      (!person && client.id !== user)
    ) {
      return new Refusal(`account ${user} may not use the client id ${client.id}`, 2);
    }
    const will = this.connectOf.get(client)?.will;
    if (will && (!mayPublish(rules, will.topic) || isCommandTopic(will.topic))) {
      return new Refusal(`account ${user} may not leave a will on ${will.topic}`, 5);
    }
    if (will && !person && will.payload.length > BACKPLANE_PAYLOAD_MAX_BYTES) {
      return new Refusal(`the will of ${user} is too long`, 5);
    }
    this.accountOf.set(client, rules);
    return null;
  }

  private publishError(client: Client | null, packet: AedesPublishPacket | { topic: string }) {
    const rules = client && this.accountOf.get(client);
    if (!rules) return new Error("not logged in");
    const { topic } = packet;
    if (!mayPublish(rules, topic)) return new Error(`${rules.account} may not publish to ${topic}`);
    const { payload = "" } = packet as { payload?: string | Buffer };
    const person = rules.account === ADMIN_ACCOUNT || rules.account === HOSTD_ACCOUNT;
    if (!person && Buffer.byteLength(payload) > BACKPLANE_PAYLOAD_MAX_BYTES) {
      return new Error(`${topic}: more than ${BACKPLANE_PAYLOAD_MAX_BYTES} bytes`);
    }
    const retained = (packet as { retain?: boolean }).retain === true;
    if (retained && isCommandTopic(topic)) return new Error(`${topic} must not be retained`);
    return null;
  }

  /** Null makes aedes answer 0x80. */
  private granted(client: Client, wanted: Subscription): Subscription | null {
    const rules = this.accountOf.get(client);
    return rules && mayRead(rules, wanted.topic) ? wanted : null;
  }

  private forwards(client: Client, packet: AedesPublishPacket): boolean {
    const rules = this.accountOf.get(client);
    return rules !== undefined && mayRead(rules, packet.topic);
  }
}

/** The address an attempt comes from; connections of this process have none. */
function placeOf(client: Client): string {
  const { remoteAddress } = client.conn as { remoteAddress?: string };
  return (remoteAddress ?? "inside").replace(/^::ffff:/, "");
}
