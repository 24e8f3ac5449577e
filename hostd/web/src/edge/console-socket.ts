// Edge: the browser's WebSocket to a console.

export interface ConsoleSocketHandlers {
  text(data: string): void;
  binary(data: Uint8Array): void;
  /** Once, whatever the reason; nothing comes after it. */
  closed(code: number): void;
}

export interface ConsoleSocket {
  /** False when there is no connection: nothing was sent. */
  send(data: string | Uint8Array): boolean;
  close(): void;
}

export function openConsoleSocket(
  caddy: string,
  offset: number | null,
  handlers: ConsoleSocketHandlers,
): ConsoleSocket {
  const query = offset === null ? "" : `?offset=${offset}`;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const path = `/api/v1/caddies/${encodeURIComponent(caddy)}/console/ws`;
  const socket = new WebSocket(`${scheme}//${location.host}${path}${query}`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === "string") handlers.text(data);
    else handlers.binary(new Uint8Array(data));
  };
  // "close" follows an error, and is all there is to know of it.
  socket.onclose = ({ code }) => handlers.closed(code);
  return {
    send(data) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(data as string | Uint8Array<ArrayBuffer>);
      return true;
    },
    close: () => socket.close(),
  };
}
