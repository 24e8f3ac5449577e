// The exit codes of the command line, and what every error says.

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noSuchCaddy: 3,
  refused: 4,
  timedOut: 5,
  unreachable: 6,
  unauthorised: 7,
} as const;

export interface ErrorEntry {
  status: number;
  exit: number;
  /** One short sentence: what is wrong. */
  title: string;
  /** What a person can do about it. */
  remedy: string;
}
