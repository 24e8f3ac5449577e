// What `hostd doctor` asks of a running hostd.
import type { AboutView } from "./api/schemas.ts";
import type { OpenBroker } from "./broker-room.ts";
import { isoTime } from "./edge/iso-time.ts";
import type { Clock } from "./ports.ts";
import type { Controller } from "./power/controller.ts";
import { hostdVersion } from "./version.ts";

export function aboutHostd(o: {
  controller: Controller;
  broker: OpenBroker;
  clock: Clock;
  startedWallMs: number;
  virtual: boolean;
  configFile: string;
}): AboutView {
  const { controller, broker, clock, startedWallMs, virtual, configFile } = o;
  const configs = [...controller.state.backplanes.values()].map((backplane) => {
    const { result = null, reason = null, line = null } = backplane.configAck ?? {};
    return { backplane: backplane.id, rev: backplane.config.rev, result, reason, line };
  });
  return {
    version: hostdVersion(),
    node: process.version,
    pid: process.pid,
    started_at: isoTime(startedWallMs),
    now: isoTime(clock.wallMs()),
    virtual,
    config_file: configFile,
    broker: { kind: broker.kind, address: broker.url, linked: controller.linked },
    configs,
  };
}
