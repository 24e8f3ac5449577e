// The person at the terminal: progress on one line of stderr, questions, and secrets without echo.
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Terminal } from "../ports.ts";

/** null when stdin or stderr is not a terminal: then nobody can be asked. */
export function terminal(): Terminal | null {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return null;
  return {
    get columns() {
      return stderr.columns || 80;
    },
    write: (text) => void stderr.write(text),
    ask: (question, secret) => ask(question, secret),
  };
}

async function ask(question: string, secret: boolean): Promise<string> {
  const { stdin, stderr } = process;
  let silent = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!silent) stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: stdin, output, terminal: true });
  try {
    const answer = lines.question(question);
    silent = secret;
    return await answer;
  } finally {
    if (secret) stderr.write("\n");
    lines.close();
  }
}
