// Figures for `info`: how often each thing happened since boot.
import * as hal from "./hal";
import { Core, core } from "./memory";

export function count(note: i32): void {
  const at = changetype<usize>(core) + offsetof<Core>("notes0") + (note << 1);
  const value: i32 = load<u16>(at) + 1;
  store<u16>(at, value);
  hal.note(note, value);
}
