// Asks for a secret without showing it.
import type { Keyboard } from "../edge/keyboard.ts";
import { CaddyError } from "../errors.ts";

const CTRL_C = 0x03;
const BACKSPACES = [0x08, 0x7f];
const ENDS = [0x0a, 0x0d];

/** Throws CADDY_USAGE when it is called off with Ctrl-C. */
export function askPassword(keyboard: Keyboard, question: string): Promise<string> {
  keyboard.write(question);
  return new Promise((resolve, reject) => {
    let typed: number[] = [];
    const end = (answer: () => void): void => {
      stop();
      keyboard.write("\r\n");
      answer();
    };
    const calledOff = () =>
      reject(new CaddyError("CADDY_USAGE", "called off: nothing was changed"));
    const stop = keyboard.listen({
      typed: (bytes) => {
        for (const byte of bytes) {
          if (byte === CTRL_C) return end(calledOff);
          if (ENDS.includes(byte)) {
            const text = Buffer.from(typed).toString("utf8");
            return end(() => resolve(text));
          }
          if (BACKSPACES.includes(byte)) typed = typed.slice(0, -1);
          else typed.push(byte);
        }
      },
      ended: () => end(calledOff),
      resized: () => undefined,
    });
  });
}
