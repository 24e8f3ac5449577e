// What the verbs need of the machine's serial ports, passed in so that tests can bring their own.
import type { SerialBinding, SetLines } from "./port.ts";

export interface ListedPort {
  path: string;
  /** `1a86:7523`, or null when it is not known. */
  usbId: string | null;
}

export interface Serial {
  binding: SerialBinding;
  list(): Promise<ListedPort[]>;
  /** Another way to the control lines of a port that has none, or null. */
  linesBeside(path: string): Promise<SetLines | null>;
  /** Where links lead: two names may be one port. */
  realPath(path: string): string;
}
