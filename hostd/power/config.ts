// The `config` that a backplane gets (docs/SPEC.md 2.4), written from shack.yaml.
import type { Shack } from "../model/shack.ts";

/**
 * The lines of a backplane's config without its `rev`, joined by \n. Listed caddies are spelled out
 * in full, so that what a backplane obeys can be read off the wire; empty slots keep the defaults.
 */
export function configBody(shack: Shack, backplaneId: string): string {
  const backplane = shack.backplanes.find((b) => b.id === backplaneId);
  if (!backplane) throw new Error(`no backplane ${backplaneId}`);
  const caddies = shack.caddies
    .filter((caddy) => caddy.backplane === backplaneId)
    .sort((a, b) => a.slot - b.slot);
  const lines = [
    `stagger_ms=${backplane.staggerMs}`,
    `phase_ms=${backplane.phaseMs}`,
    `cold_period_ms=${backplane.coldPeriodMs}`,
    `budget_mA=${backplane.budgetMa}`,
    ...caddies.flatMap((caddy) => [
      `${caddy.slot}.restore=${caddy.powerOn.restore}`,
      `${caddy.slot}.insert=${caddy.powerOn.insert}`,
      `${caddy.slot}.off_ms=${caddy.offMs}`,
      `${caddy.slot}.shutdown_timeout_ms=${caddy.shutdownTimeoutMs}`,
      `${caddy.slot}.order=${caddy.powerOn.order}`,
      `${caddy.slot}.delay_ms=${caddy.powerOn.delayMs}`,
      `${caddy.slot}.limit_mA=${caddy.limitMa}`,
    ]),
  ];
  return lines.join("\n");
}

export function configText(rev: number, body: string): string {
  return `rev=${rev}\n${body}\n`;
}
