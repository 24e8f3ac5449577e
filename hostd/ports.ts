// What hostd needs of the world, passed in so that a virtual world can stand in for it.

export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  nowMs(): number;
  /** Milliseconds since 1970, for people; may jump. */
  wallMs(): number;
  /** Calls `run` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

/** Random lower-case letters and digits; used for ids, so 36 ^ length must be many. */
export type RandomId = (length: number) => string;

export type LogLevel = "info" | "warn" | "error";
export type Log = (level: LogLevel, text: string) => void;

/** Somebody who sees progress and can be asked. */
export interface Terminal {
  readonly columns: number;
  /** As it is, without a line end. */
  write(text: string): void;
  /** One line; `secret`: it is not shown while it is typed. */
  ask(question: string, secret: boolean): Promise<string>;
}
