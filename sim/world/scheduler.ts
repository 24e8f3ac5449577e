// Virtual time. Events lie in a binary heap ordered by time, then rank, then the order in which
// they were armed, so the same calls always give the same run. Processors take turns in the order
// in which they were made: how often one of them woke up before must not show. Nothing here reads
// the machine's clock.

/** At one instant events of the lower rank run first. */
export const RANK_WORLD = 0;
/** A processor looks at its inputs after the world has settled at that instant. */
export const RANK_PROCESSOR = 1;

const INSTANT_EVENTS_MAX = 1_000_000;

/** The world itself is broken, not what was asked of it. */
export class WorldError extends Error {}

/** Reusable: a part makes its timers once and arms them again and again without allocating. */
export class Timer {
  readonly run: () => void;
  readonly rank: number;
  atMs = 0;
  seq = 0;
  /** What decides between processors that wake at the same instant. */
  readonly turn: number;
  /** Index in the heap, -1 while not armed. */
  place = -1;
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler, run: () => void, rank: number, turn: number) {
    this.turn = turn;
    this.#scheduler = scheduler;
    this.run = run;
    this.rank = rank;
  }

  get armed(): boolean {
    return this.place >= 0;
  }

  /** (Re-)arms for a moment of virtual time; the past is an error. */
  at(atMs: number): void {
    this.#scheduler.arm(this, atMs);
  }

  after(delayMs: number): void {
    this.#scheduler.arm(this, this.#scheduler.nowMs + delayMs);
  }

  stop(): void {
    this.#scheduler.disarm(this);
  }
}

function before(a: Timer, b: Timer): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.rank === RANK_PROCESSOR) return a.turn < b.turn;
  return a.seq < b.seq;
}

export class Scheduler {
  nowMs = 0;
  /** Events run so far. */
  eventCount = 0;
  /** Called when an event was armed that is now the earliest (the live rack re-plans its sleep). */
  onEarlier: (() => void) | null = null;
  readonly #heap: Timer[] = [];
  #seq = 0;
  #turn = 0;

  timer(run: () => void, rank = RANK_WORLD): Timer {
    return new Timer(this, run, rank, this.#turn++);
  }

  /** When the next event is due; Infinity when there is none. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  get armedCount(): number {
    return this.#heap.length;
  }

  arm(timer: Timer, atMs: number): void {
    if (!(atMs >= this.nowMs)) {
      throw new RangeError(`an event cannot be armed for ${atMs} ms: it is ${this.nowMs} ms now`);
    }
    timer.seq = this.#seq++;
    if (timer.place < 0) {
      timer.atMs = atMs;
      timer.place = this.#heap.length;
      this.#heap.push(timer);
      this.#up(timer);
    } else {
      timer.atMs = atMs;
      this.#up(timer);
      this.#down(timer);
    }
    if (timer.place === 0) this.onEarlier?.();
  }

  disarm(timer: Timer): void {
    if (timer.place < 0) return;
    const place = timer.place;
    const last = this.#heap.pop() as Timer;
    timer.place = -1;
    if (last === timer) return;
    last.place = place;
    this.#heap[place] = last;
    this.#up(last);
    this.#down(last);
  }

  /** Runs the earliest event; false when there is none. */
  step(): boolean {
    const timer = this.#heap[0];
    if (timer === undefined) return false;
    this.disarm(timer);
    this.nowMs = timer.atMs;
    this.eventCount++;
    timer.run();
    return true;
  }

  /** Runs everything due up to and at `untilMs`, which is the time afterwards. */
  runTo(untilMs: number): void {
    if (untilMs < this.nowMs) {
      throw new RangeError(`time runs forward only: ${untilMs} ms is before ${this.nowMs} ms`);
    }
    let instantMs = -1;
    let instantEvents = 0;
    for (let timer = this.#heap[0]; timer && timer.atMs <= untilMs; timer = this.#heap[0]) {
      if (timer.atMs !== instantMs) {
        instantMs = timer.atMs;
        instantEvents = 0;
      } else if (++instantEvents > INSTANT_EVENTS_MAX) {
        throw new WorldError(`the world does not settle at ${instantMs} ms`);
      }
      this.step();
    }
    this.nowMs = untilMs;
  }

  #up(timer: Timer): void {
    const heap = this.#heap;
    let place = timer.place;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = heap[parentPlace] as Timer;
      if (!before(timer, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = parentPlace;
    }
    heap[place] = timer;
    timer.place = place;
  }

  #down(timer: Timer): void {
    const heap = this.#heap;
    let place = timer.place;
    for (;;) {
      let childPlace = 2 * place + 1;
      if (childPlace >= heap.length) break;
      let child = heap[childPlace] as Timer;
      const right = heap[childPlace + 1];
      if (right !== undefined && before(right, child)) {
        child = right;
        childPlace++;
      }
      if (!before(child, timer)) break;
      heap[place] = child;
      child.place = place;
      place = childPlace;
    }
    heap[place] = timer;
    timer.place = place;
  }
}
