// Follows commands to their end: by hostd's event stream, or by asking when no stream is free.
import { CaddyError } from "../errors.ts";
import type { JobView } from "../power/views.ts";
import type { HostdClient } from "./client.ts";
import type { CliIo } from "./io.ts";

/** How long hostd holds one question for a job's end. */
const ASK_MS = 20_000;

/** The stream is opened before anything is sent, so that nothing is missed. */
export class JobWatch {
  private readonly client: HostdClient;
  private readonly onProgress: (job: JobView) => void;
  private readonly abort = new AbortController();
  private readonly seen = new Map<string, JobView>();
  private wanted: Map<string, JobView> | null = null;
  private wake: () => void = () => {};
  private streaming = true;
  private over = false;
  /** Why nothing more can be learnt. */
  failure: CaddyError | null = null;

  constructor(client: HostdClient, onProgress: (job: JobView) => void) {
    this.client = client;
    this.onProgress = onProgress;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error: unknown) => {
        if (error instanceof CaddyError && error.code === "CADDY_TOO_MANY_STREAMS") {
          this.streaming = false;
          return resolve();
        }
        this.fail(error);
        reject(error);
      };
      this.client
        .follow("/api/v1/events", ({ event, data }) => this.take(event, data), {
          signal: this.abort.signal,
          onOpen: resolve,
        })
        .then(() => end(new CaddyError("CADDY_UNREACHABLE", "hostd ended the stream")), end);
    });
  }

  close(): void {
    this.over = true;
    this.abort.abort();
  }

  private fail(error: unknown): void {
    const { message } = error as Error;
    this.failure ??=
      error instanceof CaddyError ? error : new CaddyError("CADDY_UNREACHABLE", message);
    this.wake();
  }

  private take(event: string, data: unknown): void {
    if (event !== "job") return;
    const job = data as JobView;
    if (!this.wanted) this.seen.set(job.id, job);
    else if (this.wanted.has(job.id)) this.accept(job);
  }

  private accept(job: JobView): void {
    const before = this.wanted?.get(job.id);
    this.wanted?.set(job.id, job);
    if (before?.result !== job.result || before?.state !== job.state) this.onProgress(job);
    this.wake();
  }

  /** Asks for one job again and again, until it has ended. */
  private async ask(id: string): Promise<void> {
    try {
      for (let running = true; running && !this.over; ) {
        const job = await this.client.get<JobView>(`/api/v1/jobs/${id}?wait_ms=${ASK_MS}`);
        if (this.over) return;
        this.accept(job);
        running = job.state === "running";
      }
    } catch (error) {
      if (!this.over) this.fail(error);
    }
  }

  /**
   * Waits until all have ended, the time is up, or hostd is gone; answers them as they then are
   * known.
   */
  async until(sent: readonly JobView[], timeoutMs: number, io: CliIo): Promise<JobView[]> {
    this.wanted = new Map(sent.map((job) => [job.id, job]));
    for (const { id } of sent) {
      const known = this.seen.get(id);
      if (known) this.accept(known);
      else if (!this.streaming) void this.ask(id);
    }
    this.seen.clear();
    const finish = () => {
      this.over = true;
      this.wake();
    };
    const cancel = io.clock.after(timeoutMs, finish);
    void io.interrupted.then(finish);
    const running = () => [...(this.wanted?.values() ?? [])].some((j) => j.state === "running");
    while (running() && !this.over && !this.failure) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    cancel();
    if (!running()) this.failure = null;
    return [...this.wanted.values()];
  }
}
