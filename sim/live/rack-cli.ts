// `npm run rack -- <verb> …`: the hand in the machine room of a running virtual rack. Exit codes:
// 0 done, 1 failed, 2 usage, 3 no such caddy, 6 no rack listens.

import { createConnection } from "node:net";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findDataDir } from "../../hostd/cli/locate.ts";
import { environment } from "../../hostd/edge/environment.ts";
import { RACK_SOCKET_FILE } from "../../hostd/places.ts";
import type { Answer, Request } from "./control-socket.ts";
import { renderResult } from "./render.ts";
import { VERBS } from "./verbs.ts";

/** Where `hostd up --virtual` puts it, found as every command of hostd finds its data. */
const DEFAULT_SOCKET = join(findDataDir(undefined, environment()), RACK_SOCKET_FILE);
const EXIT = { done: 0, failed: 1, usage: 2, "no-such-name": 3, unreachable: 6 } as const;

class Unreachable extends Error {}

function help(): string {
  const lines = Object.entries(VERBS).map(([name, verb]) => {
    const shape = [name, ...verb.args.map((arg) => (arg.startsWith("[") ? arg : `<${arg}>`))].join(
      " ",
    );
    return `  ${shape.padEnd(34)} ${verb.help}`;
  });
  return [
    "usage: npm run rack -- <verb> [arguments] [--socket PATH] [--json]",
    "",
    "Acts on a running virtual rack beside MQTT, as a hand in the machine room would.",
    "",
    ...lines,
    "",
    `--socket PATH   control socket of the rack (${DEFAULT_SOCKET})`,
    "--json          print what the rack answers, for programs",
  ].join("\n");
}

/** One request, one answer. */
function ask(path: string, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0) return;
      socket.destroy();
      resolve(JSON.parse(text.slice(0, end)) as Answer);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EACCES" ? "it belongs to somebody else" : "start one with npm start";
      reject(new Unreachable(`no rack listens at ${path}: ${why}`));
    });
    socket.on("close", () => reject(new Unreachable(`the rack at ${path} hung up`)));
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      socket: { type: "string", default: DEFAULT_SOCKET },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      bounce: { type: "string" },
      carrier: { type: "string" },
      hold: { type: "string" },
    },
  });
  const [verb, ...args] = positionals;
  if (values.help || verb === undefined) {
    process[values.help ? "stdout" : "stderr"].write(`${help()}\n`);
    return values.help ? EXIT.done : EXIT.usage;
  }
  const { socket, json, help: _, ...rest } = values;
  // The rack may run in another folder.
  if (verb === "ptys" && args[0] !== undefined && args[0] !== "off") args[0] = resolve(args[0]);
  const answer = await ask(socket, { verb, args, options: { ...rest } as Record<string, string> });
  if (!answer.ok) {
    process.stderr.write(`rack: ${answer.error}\n`);
    return EXIT[answer.code];
  }
  const text = json ? JSON.stringify(answer.result) : renderResult(answer.result);
  if (text !== "") process.stdout.write(`${text}\n`);
  return EXIT.done;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(`rack: ${message}\n`);
  process.exitCode = error instanceof Unreachable ? EXIT.unreachable : EXIT.usage;
}
