// What can go wrong between hostd and a chip, in words people can act on.
import { CaddyError } from "../errors.ts";

function textOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/^Error: /, "") : String(error);
}

export function portUnusable(path: string, error: unknown): CaddyError {
  const text = textOf(error);
  const why: readonly [RegExp, string][] = [
    [/no such file|does not exist/i, "there is no such port"],
    [/permission denied/i, "you may not open it: join the group dialout (or what ls -l names)"],
    [/cannot lock|resource temporarily unavailable|is locked/i, "another program has it open"],
  ];
  const known = why.find(([pattern]) => pattern.test(text))?.[1];
  return new CaddyError("CADDY_FLASH_PORT", `${path}: ${known ?? text}`);
}

export function portGone(path: string, error: unknown): CaddyError {
  if (error instanceof CaddyError) return error;
  return new CaddyError("CADDY_FLASH_PORT", `${path} has gone: ${textOf(error)}`);
}

export function noAnswer(path: string, hasLines: boolean | null): CaddyError {
  const lines =
    hasLines === false
      ? "; it has no control lines: hold D3 (GPIO0) to ground while you press reset, then try again"
      : "";
  return new CaddyError("CADDY_FLASH_NO_ANSWER", `${path}: no boot loader answers${lines}`);
}

export function wrongChip(path: string, what: string): CaddyError {
  return new CaddyError("CADDY_FLASH_CHIP", `${path}: ${what}; nothing was written`);
}

/** Anything else esptool complains of; worth another try. */
export function flashFailed(path: string, error: unknown): CaddyError {
  if (error instanceof CaddyError) return error;
  return new CaddyError("CADDY_FLASH_FAILED", `${path}: ${textOf(error)}`);
}
