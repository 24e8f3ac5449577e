// The reasons of docs/SPEC.md 2.2 in words for a person.
const REASONS: Readonly<Record<string, string>> = {
  timeout: "it was not seen to halt in time, power was cut",
  superseded: "a newer command took its place",
  fault: "the load switch reported a fault (send off first, then on)",
  removed: "the caddy was pulled",
  ring: "the backplane's shift-register chain does not answer; nothing was changed",
  duplicate: "it came again and without an id; it may have been carried out already",
  retained: "the broker had kept it; commands that were kept are not obeyed",
  "bad-topic": "it came on a topic that is none",
  "no-slot": "the backplane has no such slot",
  "bad-payload": "its id is empty, too long, or has other characters",
  "too-long": "the message is too long",
  "unknown-verb": "its verb is unknown",
  "hostd-stopped": "hostd ended before its result came; it may have been carried out",
  "id-reused": "the command's id was used before",
  empty: "there is no caddy in the slot",
  off: "the caddy has no power",
  stopping: "it is shutting down",
  "no-shutdown-line": "this carrier cannot be told to shut down; use off",
  "no-reset-line": "this carrier has no reset line; use cycle",
  "over-budget": "its limit alone is above the backplane's budget",
  "link-lost": "the backplane lost its link; look at the state before trying again",
  "seen-after-reconnect": "the link was lost meanwhile, the state shows it is so",
  "no-answer": "the backplane did not answer",
  "still-queued": "it is still waiting for its turn",
  "not-sent": "the broker did not take it",
};

export function reasonText(reason: string): string {
  const text = REASONS[reason];
  return text === undefined ? reason : `${text} (${reason})`;
}
