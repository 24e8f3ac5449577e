// Invariant 7, never the wrong node: what hostd sends goes to the caddy that was named and to no
// other; an unknown or ambiguous name is an error and sends nothing.

import type { Asked, Checker, Report } from "./sight.ts";
import type { Watch } from "./watch.ts";

export class RightNode implements Checker {
  readonly #watch: Watch;
  readonly #report: Report;
  readonly #addresses: ReadonlyMap<string, string>;
  /** Sent since the last answer, `<address> <payload>`. */
  #sent: string[] = [];

  constructor(watch: Watch, report: Report) {
    this.#watch = watch;
    this.#report = report;
    this.#addresses = new Map(watch.slots.map((slot) => [slot.name, slot.address]));
  }

  hostdSends(topic: string, payload: string): void {
    if (!topic.endsWith("/set")) return;
    const [, , backplane, slot] = topic.split("/");
    this.#sent.push(`${backplane}/${slot} ${payload}`);
    const sent = this.#sent;
    // Commands are sent while they are asked for, so at the end of the instant none is left over.
    this.#watch.later(() => {
      if (sent !== this.#sent || sent.length === 0) return;
      this.#report(7, "hostd", `sent "${sent[0]}" that nobody asked for`);
      this.#sent = [];
    });
  }

  asked({ name, action, job, error }: Asked): void {
    const sent = this.#sent;
    this.#sent = [];
    const address = this.#addresses.get(name);
    if (address === undefined) {
      if (error !== "CADDY_NO_SUCH_CADDY") {
        this.#report(7, "hostd", `"${name}" is no caddy, the answer was ${error ?? "a job"}`);
      }
      if (sent.length > 0) this.#report(7, "hostd", `"${name}" is no caddy, it sent "${sent[0]}"`);
      return;
    }
    const right = job === null ? [] : [`${address} ${action} ${job}`];
    if (sent.join() !== right.join()) {
      this.#report(7, "hostd", `${action} ${name} sent "${sent.join()}", not "${right.join()}"`);
    }
  }
}
