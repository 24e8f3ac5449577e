// One Server-Sent Events stream: framing, and a bound on what a slow reader may pile up.
import type { ServerResponse } from "node:http";

export interface Frame {
  /** Only stored events have one; the browser sends the last one back after a reconnect. */
  id?: number;
  event: string;
  data: unknown;
}

export const STREAM_BUFFER_MAX_BYTES = 4 * 1024 * 1024;

export function frameText({ id, event, data }: Frame): string {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

export class EventStream {
  private readonly response: ServerResponse;
  private readonly bufferMaxBytes: number;

  constructor(response: ServerResponse, bufferMaxBytes = STREAM_BUFFER_MAX_BYTES) {
    this.response = response;
    this.bufferMaxBytes = bufferMaxBytes;
  }

  get open(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  send(frame: Frame): void {
    this.write(frameText(frame));
  }

  /** A comment line keeps proxies and dead connections honest. */
  heartbeat(): void {
    this.write(": still here\n\n");
  }

  end(): void {
    if (this.open) this.response.end();
  }

  private write(text: string): void {
    if (!this.open) return;
    this.response.write(text);
    // Cut off, not skipped: after a reconnect Last-Event-ID brings what was missed.
    if (this.response.writableLength > this.bufferMaxBytes) this.response.destroy();
  }
}
