// Caddies, their power, and the jobs that commands become.
import type { CommandKind, CommandVerb } from "../bus/topics.ts";
import { isoTime } from "../edge/iso-time.ts";
import { backplaneView, caddyView, jobView, type StatusView } from "../power/views.ts";
import { needRole } from "./console-access.ts";
import type { Api, ApiContext } from "./context.ts";
import {
  Caddies,
  Caddy,
  FlagBody,
  Job,
  JobParams,
  JobQuery,
  NameParams,
  PowerBody,
  Problem,
  Status,
} from "./schemas.ts";

/** The whole rack as `hostd status --json` prints it. */
export function statusView(context: ApiContext): StatusView {
  const { state } = context.controller;
  return {
    shack: state.shack,
    supply: context.supply,
    caddies: [...state.slots.values()].map((slot) => caddyView(state, slot, isoTime)),
    backplanes: [...state.backplanes.values()].map(backplaneView),
  };
}

export function caddyRoutes(app: Api, context: ApiContext): void {
  const { controller } = context;

  app.get("/api/v1/status", { schema: { response: { 200: Status } } }, async () =>
    statusView(context),
  );

  app.get("/api/v1/caddies", { schema: { response: { 200: Caddies } } }, async () => ({
    caddies: statusView(context).caddies,
  }));

  app.get(
    "/api/v1/caddies/:name",
    { schema: { params: NameParams, response: { 200: Caddy, 404: Problem } } },
    async (request) => caddyView(controller.state, controller.slot(request.params.name), isoTime),
  );

  const send = (kind: CommandKind, name: string, action: CommandVerb, actor: string) =>
    jobView(controller.command(name, kind, action, actor), isoTime);
  const answers = { 202: Job, 403: Problem, 404: Problem, 409: Problem, 503: Problem };

  app.post(
    "/api/v1/caddies/:name/power",
    { schema: { params: NameParams, body: PowerBody, response: answers } },
    async (request, reply) => {
      const { name } = request.params;
      const { actor } = needRole(request.who, "operator");
      const job = send("power", name, request.body.action, actor);
      return reply.code(202).send(job);
    },
  );

  for (const kind of ["identify", "usb"] as const) {
    app.post(
      `/api/v1/caddies/:name/${kind}`,
      { schema: { params: NameParams, body: FlagBody, response: answers } },
      async (request, reply) => {
        const { name } = request.params;
        const action = request.body.on ? "on" : "off";
        const { actor } = needRole(request.who, "operator");
        const job = send(kind, name, action, actor);
        return reply.code(202).send(job);
      },
    );
  }

  app.get(
    "/api/v1/jobs/:id",
    { schema: { params: JobParams, querystring: JobQuery, response: { 200: Job, 404: Problem } } },
    async (request) => {
      const waitMs = Math.min(60_000, Number(request.query.wait_ms ?? 0));
      return jobView(await controller.waitForJob(request.params.id, waitMs), isoTime);
    },
  );
}
