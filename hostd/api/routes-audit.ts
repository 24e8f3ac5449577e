// The audit trail: every command, who sent it and how it ended.
import { isoTime } from "../edge/iso-time.ts";
import type { AuditEntry } from "../store/store.ts";
import { needRole } from "./console-access.ts";
import type { Api, ApiContext } from "./context.ts";
import { Audit, AuditQuery, type AuditView, Problem } from "./schemas.ts";

const LIST_DEFAULT = 100;
const LIST_MAX = 1000;

export function auditRoutes(app: Api, { controller, store }: ApiContext): void {
  app.get(
    "/api/v1/audit",
    {
      schema: {
        description: "The newest commands, newest last.",
        querystring: AuditQuery,
        response: { 200: Audit, 404: Problem },
      },
    },
    async (request) => {
      needRole(request.who, "admin");
      const { caddy } = request.query;
      if (caddy !== undefined) controller.slot(caddy);
      const limit = Math.min(LIST_MAX, Number(request.query.limit ?? LIST_DEFAULT));
      return { audit: store.auditTrail({ limit, caddy }).map(auditView) };
    },
  );
}

function auditView(entry: AuditEntry): AuditView {
  const { job, atMs, actor, kind, action, caddy, address, state, reason, endedMs } = entry;
  const ended_at = endedMs === null ? null : isoTime(endedMs);
  return { job, at: isoTime(atMs), actor, kind, action, caddy, address, state, reason, ended_at };
}
