// Edge: the browser's EventSource. It tries again by itself on some failures and not on others;
// this page wants one rule (model/link.ts), so a source that fails is closed at once.

import { STREAM_TYPES } from "../model/stream.ts";

export interface StreamHandlers {
  /** Any sign of life; `type` is null for the opening itself. */
  heard(type: string | null, data: string): void;
  failed(): void;
}

/** Opens the event stream after event `since`; answers how to close it. */
export function openStream(since: number, handlers: StreamHandlers): () => void {
  const source = new EventSource(`/api/v1/events?since=${since}`);
  const close = () => source.close();
  source.onopen = () => handlers.heard(null, "");
  source.onerror = () => {
    close();
    handlers.failed();
  };
  for (const type of STREAM_TYPES) {
    source.addEventListener(type, (event) => {
      handlers.heard(type, (event as MessageEvent<string>).data);
    });
  }
  return close;
}
