// Control lines beside a port that has none: a pseudo-terminal, which stands for a simulated chip
// or for a port on another machine. Where `<port>.lines` is a Unix socket it takes `dtr=0 rts=1`
// per line and answers `ok` when the lines have changed.
import { lstatSync } from "node:fs";
import { createConnection } from "node:net";
import type { SetLines } from "../port.ts";

export const LINES_SUFFIX = ".lines";

/** null when there is no such socket. */
export async function linesBeside(path: string): Promise<SetLines | null> {
  const socket = `${path}${LINES_SUFFIX}`;
  if (!lstatSync(socket, { throwIfNoEntry: false })?.isSocket()) return null;
  return ({ dtr, rts }) => ask(socket, `dtr=${dtr ? 1 : 0} rts=${rts ? 1 : 0}\n`);
}

function ask(path: string, request: string): Promise<void> {
  return new Promise((done, fail) => {
    const socket = createConnection(path);
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(request));
    socket.on("error", fail);
    socket.on("close", () => fail(new Error(`${path} hung up`)));
    socket.on("data", (text: string) => {
      answer += text;
      if (!answer.includes("\n")) return;
      socket.destroy();
      if (answer.startsWith("ok\n")) done();
      else fail(new Error(`${path} answers ${JSON.stringify(answer.slice(0, 80))}`));
    });
  });
}
