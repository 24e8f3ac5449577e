// Events and audit entries as lines for a person.
import type { AuditView } from "../api/schemas.ts";
import type { EventView } from "../power/views.ts";
import { pushReason } from "./push-text.ts";
import { reasonText } from "./reasons.ts";

export function eventText(event: EventView): string {
  const { at, type, caddy, backplane, actor, data } = event;
  const where = caddy ?? backplane ?? "hostd";
  const who = actor === null ? "" : `  by ${actor}`;
  const what = dataText(type, data);
  return `${at}  ${type.padEnd(17)}  ${where.padEnd(8)}  ${what}${who}`.trimEnd();
}

function dataText(type: string, data: Record<string, unknown>): string {
  const reason = typeof data.reason === "string" ? `: ${reasonText(data.reason)}` : "";
  const late = data.late === true ? ", late" : "";
  const door = data.via === "mqtt" ? " over MQTT" : "";
  const line = data.line ? `, line ${data.line}` : "";
  switch (type) {
    case "caddy.power":
      return `${data.from} -> ${data.to}`;
    case "caddy.fault":
      return data.fault === null ? "cleared" : String(data.fault);
    case "caddy.presence":
      return data.present ? "inserted" : "pulled";
    case "command.sent":
      return `${commandText(data)}${idText(data.id)}`;
    case "command.ended":
      return `${commandText(data)} ${data.state}${late}${idText(data.id)}${reason}`;
    case "session.refused":
      return `wrong login as ${JSON.stringify(data.user ?? "")}${door}`;
    case "backplane.config":
      return `rev ${data.rev ?? "-"} ${data.result}${reason}${line}`;
    case "backplane.module":
      return `module ${data.module} ${data.state}${pushReason(data)}`;
    case "backplane.online":
      return data.module ? `module ${data.module}` : "";
    default:
      return reason.replace(/^: /, "");
  }
}

/** Acks of other MQTT clients have a verb of the wire: `on`, `usb-off`, or none. */
function commandText({ kind, action, verb }: Record<string, unknown>): string {
  if (typeof kind === "string") return `${kind} ${action}`;
  if (typeof verb !== "string") return "unknown command";
  const flag = /^(usb|identify)-(on|off)$/.exec(verb);
  return flag ? `${flag[1]} ${flag[2]}` : `power ${verb}`;
}

const idText = (id: unknown) => (typeof id === "string" ? ` (${id})` : "");

export function auditText(entry: AuditView): string {
  const { job, at, actor, kind, action, caddy, address, state, reason } = entry;
  const where = caddy ?? address ?? "-";
  const what = kind === null ? (action ?? "unknown command") : `${kind} ${action}`;
  const why = reason === null ? "" : `: ${reasonText(reason)}`;
  return `${at}  ${where.padEnd(8)}  ${what} ${state}${idText(job)}${why}  by ${actor}`;
}
