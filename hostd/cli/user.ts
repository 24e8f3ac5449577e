// `hostd user`: who may do what. Secrets come by prompt or file, never as an argument.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { CaddyError, EXIT } from "../errors.ts";
import { ROLES } from "../users/record.ts";
import type { HostdClient } from "./client.ts";
import { type CommonOptions, withClient, withConnection } from "./connect.ts";
import { type CliIo, json, table } from "./io.ts";
import type { Finish } from "./program.ts";

interface UserView {
  name: string;
  role: string;
  password: boolean;
  keys: { type: string; fingerprint: string; comment: string }[];
}

const USERS = "/api/v1/users";
const of = (name: string): string => `${USERS}/${encodeURIComponent(name)}`;

export function addUser(program: Command, io: CliIo, finish: Finish): void {
  const user = program.command("user").description("Manage who may use hostd, and how.");
  const role = () => new Option("--role <ROLE>", "what they may do").choices(ROLES);
  const done = (text: string, view: unknown, asJson: boolean | undefined): void => {
    io.out(asJson ? json(view) : text);
    finish(EXIT.done);
  };

  withConnection(user.command("list").description("Print all users.")).action(
    async (options: CommonOptions) => {
      const { users } = await withClient(options, io, (c) => c.get<{ users: UserView[] }>(USERS));
      done(
        table([["NAME", "ROLE", "PASSWORD", "KEYS"], ...users.flatMap(rows)]),
        { users },
        options.json,
      );
    },
  );

  withConnection(
    user
      .command("add")
      .description("Add a user, who logs in with an SSH key or a password given afterwards.")
      .argument("<name>")
      .addOption(role().default("viewer")),
  ).action(async (name: string, options: CommonOptions & { role: string }) => {
    const body = { name, role: options.role };
    const added = await withClient(options, io, (c) => c.post<UserView>(USERS, body));
    done(`added ${name}, ${options.role}`, added, options.json);
  });

  withConnection(
    user
      .command("remove")
      .description("Remove a user; what they have open ends.")
      .argument("<name>"),
  ).action(async (name: string, options: CommonOptions) => {
    await withClient(options, io, (client) => client.delete(of(name)));
    done(`removed ${name}`, { name }, options.json);
  });

  withConnection(
    user
      .command("role")
      .description("Give a user another role.")
      .argument("<name>")
      .addArgument(program.createArgument("<role>").choices(ROLES)),
  ).action(async (name: string, given: string, options: CommonOptions) => {
    const view = await withClient(options, io, (c) => c.patch<UserView>(of(name), { role: given }));
    done(`${name} is ${given} now`, view, options.json);
  });

  withConnection(
    user
      .command("password")
      .description("Give a user a password, asked for here or read from a file.")
      .argument("<name>")
      .option("--file <FILE>", "one line; - reads it from stdin"),
  ).action(async (name: string, options: CommonOptions & { file?: string }) => {
    const password = await passwordOf(name, options.file, io);
    const view = await withClient(options, io, (c) => c.patch<UserView>(of(name), { password }));
    done(`${name} has a new password`, view, options.json);
  });
  addKeys(user, io, done);
}

type Done = (text: string, view: unknown, asJson: boolean | undefined) => void;

function addKeys(user: Command, io: CliIo, done: Done): void {
  const key = user.command("key").description("SSH keys of a user, for ssh CADDY@HOST.");
  withConnection(
    key
      .command("add")
      .description("Let a key in.")
      .argument("<name>")
      .argument("<file>", "the public key: a file that ends in .pub, or - for stdin"),
  ).action(async (name: string, file: string, options: CommonOptions) => {
    const line = readLine(file, io);
    const view = await withClient(options, io, (c) => addKey(c, name, line));
    done(`${name} has ${view.keys.length} keys now`, view, options.json);
  });

  withConnection(
    key
      .command("remove")
      .description("Let a key in no longer.")
      .argument("<name>")
      .argument("<fingerprint>", "SHA256:..., as `hostd user list` prints it"),
  ).action(async (name: string, fingerprint: string, options: CommonOptions) => {
    const path = `${of(name)}/keys/${encodeURIComponent(fingerprint)}`;
    await withClient(options, io, (client) => client.delete(path));
    done(`${fingerprint} is out`, { name, fingerprint }, options.json);
  });
}

const addKey = (client: HostdClient, name: string, key: string): Promise<UserView> =>
  client.post<UserView>(`${of(name)}/keys`, { key });

function rows({ name, role, password, keys }: UserView): string[][] {
  const [first, ...others] = keys.map((key) => `${key.fingerprint} ${key.comment}`.trim());
  const more = others.map((key) => ["", "", "", key]);
  return [[name, role, password ? "yes" : "-", first ?? "-"], ...more];
}

function readLine(file: string, io: CliIo): string {
  try {
    const text = readFileSync(file === "-" ? 0 : resolve(io.env.cwd, file), "utf8").trim();
    if (text === "" || text.includes("\n")) throw new Error("it must hold exactly one line");
    return text;
  } catch (error) {
    throw new CaddyError("CADDY_USAGE", `${file}: ${(error as Error).message}`);
  }
}

async function passwordOf(name: string, file: string | undefined, io: CliIo): Promise<string> {
  if (file !== undefined) return readLine(file, io);
  if (io.terminal === null) {
    throw new CaddyError("CADDY_USAGE", "there is nobody to ask: give --file FILE, or --file -");
  }
  const password = await io.terminal.ask(`New password of ${name}: `, true);
  const again = await io.terminal.ask("Once more: ", true);
  if (password === again) return password;
  throw new CaddyError("CADDY_USAGE", "the two differ: nothing was changed");
}
