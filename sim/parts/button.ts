// A push button to ground. Its contact may bounce at both ends of a press.

import type { Driver, Net } from "../world/net.ts";
import { Z } from "../world/net.ts";
import type { Scheduler } from "../world/scheduler.ts";
import { Contact } from "./contact.ts";

export class Button {
  readonly #contact: Contact;
  readonly #release: { after(ms: number): void; stop(): void };

  constructor(scheduler: Scheduler, net: Net) {
    const driver: Driver = net.driver();
    this.#contact = new Contact(scheduler, (closed) => driver.set(closed ? 0 : Z));
    this.#release = scheduler.timer(() => this.#contact.set(false, this.#bounceMs));
  }

  #bounceMs = 0;

  /** Held down for `holdMs`; the contact chatters for `bounceMs` at both ends. */
  press(holdMs: number, bounceMs = 0): void {
    if (!(holdMs > 0)) throw new RangeError(`a press lasts more than 0 ms, not ${holdMs}`);
    this.#bounceMs = bounceMs;
    this.#contact.set(true, bounceMs);
    this.#release.after(holdMs);
  }
}
