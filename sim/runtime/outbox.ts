// The runtime's outgoing buffer: what was sent and not yet acknowledged, by packet id, in
// bytes. It is bounded like the buffer of a small device, so the module meets E_NO_ROOM here as
// it will there.

/** Bytes of unacknowledged packets the runtime holds. */
export const OUTBOX_BYTES = 2048;
/** Room that must be free before a message is delivered: two publishes of 384 bytes. */
export const DELIVERY_ROOM_BYTES = 2 * 384;
/** Fixed header, topic length, packet id. */
const PACKET_OVERHEAD_BYTES = 7;

export class Outbox {
  #usedBytes = 0;
  #nextId = 1;
  readonly #waiting = new Map<number, number>();

  static packetBytes(topicLength: number, payloadLength: number): number {
    return topicLength + payloadLength + PACKET_OVERHEAD_BYTES;
  }

  get freeBytes(): number {
    return OUTBOX_BYTES - this.#usedBytes;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Takes room and answers the packet id, or 0 when there is none. */
  take(bytes: number): number {
    if (bytes > this.freeBytes) return 0;
    let id = this.#nextId;
    while (this.#waiting.has(id)) id = (id % 0xffff) + 1;
    this.#nextId = (id % 0xffff) + 1;
    this.#waiting.set(id, bytes);
    this.#usedBytes += bytes;
    return id;
  }

  /** The broker acknowledged; false when nothing of that id was waiting. */
  release(id: number): boolean {
    const bytes = this.#waiting.get(id);
    if (bytes === undefined) return false;
    this.#waiting.delete(id);
    this.#usedBytes -= bytes;
    return true;
  }

  clear(): void {
    this.#waiting.clear();
    this.#usedBytes = 0;
  }
}
