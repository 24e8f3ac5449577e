// Figures for `info`: how often each thing happened since boot.
import * as hal from "./hal";
import { Core } from "./memory";

export function count(note: i32): void {
  const at: usize = note << 2;
  const value = load<i32>(at, offsetof<Core>("notes")) + 1;
  store<i32>(at, value, offsetof<Core>("notes"));
  hal.note(note, value);
}
