// Consoles inside hostd: the service, wired to the controller's events, the audit trail and the
// machine's ports.

import { readFileSync } from "node:fs";
import { RealSerialPorts } from "./consoles/edge/serial-ports.ts";
import { type ConsoleJournal, ConsoleService } from "./consoles/service.ts";
import type { SerialPorts } from "./consoles/types.ts";
import { fileMode, writePrivate } from "./edge/files.ts";
import { CaddyError } from "./errors.ts";
import { bindConsole } from "./model/edit-shack.ts";
import { slotAddress } from "./model/names.ts";
import { type Caddy, parseShack, type Shack } from "./model/shack.ts";
import { virtualPlace } from "./places.ts";
import type { Clock, Log } from "./ports.ts";
import type { Controller } from "./power/controller.ts";
import type { EventType } from "./power/state.ts";
import type { Store } from "./store/store.ts";

export interface ConsoleRoomOptions {
  shack: Shack;
  dataDir: string;
  clock: Clock;
  log: Log;
  controller: Controller;
  store: Store;
  /** Those of the virtual rack; this machine's without. */
  ports?: SerialPorts | undefined;
}

/**
 * Writes the port of a caddy's console into shack.yaml, every comment kept. Throws
 * CADDY_CONFIG_INVALID, and then nothing was written.
 */
export function writeBinding(configFile: string, caddy: Caddy, port: string): void {
  try {
    const text = bindConsole(readFileSync(configFile, "utf8"), caddy, port);
    parseShack(text, configFile);
    writePrivate(configFile, text, fileMode(configFile) ?? 0o644);
  } catch (error) {
    const { message } = error as Error;
    throw new CaddyError("CADDY_CONFIG_INVALID", `${configFile} was not changed: ${message}`);
  }
}

/** Opens every console. They go on with their records where the last hostd ended. */
export function openConsoles(options: ConsoleRoomOptions): ConsoleService {
  const { shack, dataDir, clock, log, controller, ports } = options;
  const service = new ConsoleService({
    shack,
    dataDir,
    clock,
    log,
    ports: ports ?? new RealSerialPorts({ clock }),
    placeOf: ({ console: { port }, backplane, slot }) =>
      port ?? (ports === undefined ? null : virtualPlace(slotAddress(backplane, slot))),
    journal: journalOf(options),
  });
  service.start();
  followPower(service, controller);
  return service;
}

function journalOf({ shack, controller, store, clock }: ConsoleRoomOptions): ConsoleJournal {
  const caddies = new Map(shack.caddies.map((caddy) => [caddy.name, caddy]));
  const note = (
    type: EventType,
    name: string,
    actor: string | null,
    data: Record<string, unknown>,
  ): void => {
    const backplane = caddies.get(name)?.backplane ?? null;
    controller.note({ type, wallMs: clock.wallMs(), caddy: name, backplane, actor, data });
  };
  const audit = (name: string, actor: string, action: "take" | "write", reason: string | null) => {
    const { backplane, slot } = caddies.get(name) as Caddy;
    const wallMs = clock.wallMs();
    store.audit({
      id: null,
      kind: "console",
      action,
      caddy: name,
      backplane,
      slot,
      state: "done",
      reason,
      actor,
      startedWallMs: wallMs,
      endedWallMs: wallMs,
    });
  };
  return {
    stage: (name, from, to) => note("console.stage", name, null, { from, to }),
    trouble: (name, kind, lines) => note(`console.${kind}`, name, null, { lines }),
    line: (name, line, reason) => note("console.line", name, null, { line, reason }),
    writer: (name, writer, before) => {
      const user = writer?.user ?? null;
      note("console.writer", name, user, { user, from: before?.user ?? null });
      if (writer !== null) audit(name, writer.user, "take", null);
    },
    wrote: (name, viewer, bytes) => audit(name, viewer.user, "write", `${bytes} bytes`),
  };
}

/** Power and console share one time line. */
function followPower(service: ConsoleService, controller: Controller): void {
  const powered = new Map<string, boolean>();
  controller.onUpdate((update) => {
    if (update.type !== "event" || update.event.caddy === null) return;
    const { type, caddy, data, actor } = update.event;
    const one = service.find(caddy);
    if (one === null) return;
    if (type === "command.sent") one.console.note(`${String(data.action)} by ${actor ?? "?"}`);
    if (type === "caddy.fault") one.console.note(`fault: ${String(data.fault ?? data.to ?? "?")}`);
    if (type !== "caddy.power") return;
    const on = data.to === "on" || data.to === "stopping";
    one.console.note(`power ${String(data.to)}`);
    if (powered.get(caddy) !== on) one.power(on);
    powered.set(caddy, on);
  });
}
