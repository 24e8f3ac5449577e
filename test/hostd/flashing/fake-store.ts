// The module store of a fake backplane (docs/SPEC.md 2.6): takes what is pushed, and swaps,
// confirms or goes back when the test says so. The real one is tested in test/device/store.
import { moduleHash, readModuleHeader, sealIsRight } from "../../../hostd/flashing/module-image.ts";
import type { FakeBackplane } from "../fake-backplane.ts";

type Refusal = { step: string; reason: string };

export class FakeStore {
  /** Steps as they came: `begin`, `chunk 512`, `commit`. */
  readonly steps: string[] = [];
  /** Refuses once. */
  refuse: Refusal | null = null;
  /** Answers nothing from this step on. */
  mute: string | null = null;
  /** Called before every chunk; false drops it. */
  onChunk: (offset: number) => boolean = () => true;
  /** After a commit it swaps by itself, and confirms. */
  swaps = true;
  confirms = true;
  sequence = 1;
  module = "0123456789abcdef";
  bytes: Uint8Array = new Uint8Array();
  readonly #backplane: FakeBackplane;
  readonly #key: () => Uint8Array;
  #header: Uint8Array = new Uint8Array();
  #staged: Uint8Array = new Uint8Array();

  /** `key`: of the backplane, once it is known. */
  constructor(backplane: FakeBackplane, key: () => Uint8Array) {
    this.#backplane = backplane;
    this.#key = key;
    backplane.onModule = (step, payload) => {
      this.#take(step, payload).catch((error: Error) => {
        // The test ended, or cut the link, before an answer was acknowledged.
        if (error.message !== "Connection closed") throw error;
      });
    };
    this.#show({});
  }

  /** The module that was pushed takes over, on trial. */
  async run(): Promise<void> {
    const { sequence = 0 } = readModuleHeader(this.#header) ?? {};
    this.bytes = this.#staged;
    this.module = moduleHash(this.bytes).slice(0, 16);
    this.sequence = sequence;
    this.#show({ trial: true });
    await this.#backplane.sayResult(result("run", sequence, 12));
    await this.#backplane.sayInfo();
  }

  async confirm(): Promise<void> {
    this.#show({});
    await this.#backplane.sayResult(result("confirm", this.sequence, 0));
    await this.#backplane.sayInfo();
  }

  async rollBack(): Promise<void> {
    const pushed = this.sequence;
    this.sequence = pushed - 1;
    this.module = "0123456789abcdef";
    this.#show({ error: 18 });
    await this.#backplane.sayInfo();
    await this.#backplane.sayResult(result("rollback", pushed, 0));
  }

  #show(more: object): void {
    const { module, sequence } = this;
    this.#backplane.moreInfo = { module, slot: "a", sequence, trial: false, error: 0, ...more };
  }

  async #take(step: string, payload: Uint8Array): Promise<void> {
    const offset = step === "chunk" ? new DataView(payload.buffer).getUint32(0, true) : 0;
    this.steps.push(step === "chunk" ? `chunk ${offset}` : step);
    if (this.mute === step) return;
    if (this.refuse?.step === step) {
      const { reason } = this.refuse;
      this.refuse = null;
      const { sequence = 0 } = readModuleHeader(this.#header) ?? {};
      await this.#backplane.sayResult({ ...result(step, sequence, 0), result: "refused", reason });
      return;
    }
    if (step === "begin") await this.#begin(payload);
    if (step === "chunk" && this.onChunk(offset)) await this.#chunk(offset, payload.slice(4));
    if (step === "commit") await this.#commit();
  }

  async #begin(header: Uint8Array): Promise<void> {
    const { sequence = 0, length = 0 } = readModuleHeader(header) ?? {};
    if (!sealIsRight(header, this.#key())) {
      const refused = { ...result("begin", sequence, 0), result: "refused" };
      return this.#backplane.sayResult({ ...refused, reason: "bad-signature" });
    }
    if (Buffer.compare(header, this.#header) !== 0) this.#staged = new Uint8Array();
    this.#header = header;
    await this.#backplane.sayResult(
      result("begin", sequence, Math.min(length, this.#staged.length)),
    );
  }

  async #chunk(offset: number, bytes: Uint8Array): Promise<void> {
    const { sequence = 0 } = readModuleHeader(this.#header) ?? {};
    if (offset === this.#staged.length) this.#staged = Buffer.concat([this.#staged, bytes]);
    await this.#backplane.sayResult(result("chunk", sequence, this.#staged.length));
  }

  async #commit(): Promise<void> {
    const { sequence = 0 } = readModuleHeader(this.#header) ?? {};
    await this.#backplane.sayResult(result("commit", sequence, this.#staged.length));
    if (this.swaps) await this.run();
    if (this.swaps && this.confirms) await this.confirm();
  }
}

function result(step: string, sequence: number, offset: number): object {
  return { step, sequence, offset, result: "ok", reason: null };
}
