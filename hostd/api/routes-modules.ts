// The modules that run on the backplanes, and pushing one.
import { isoTime } from "../edge/iso-time.ts";
import { checkModule, chooseBackplanes } from "../flashing/push/order.ts";
import { moduleViews, pushView } from "../flashing/push/views.ts";
import { needRole } from "./console-access.ts";
import type { Api, ApiContext } from "./context.ts";
import { Problem } from "./schemas.ts";
import { Modules, ModulesQuery, type ModulesView, PushBody } from "./schemas-modules.ts";

export function moduleRoutes(app: Api, context: ApiContext): void {
  const { controller, pusher, builtModule } = context;

  const view = (): ModulesView => ({
    modules: moduleViews(controller.state),
    push: pusher.push && pushView(pusher.push, isoTime),
    version: pusher.version,
  });

  app.get(
    "/api/v1/modules",
    { schema: { querystring: ModulesQuery, response: { 200: Modules } } },
    async (request) => {
      const { version, wait_ms = "0" } = request.query;
      if (version !== undefined) {
        await pusher.waitForChange(Number(version), Math.min(60_000, Number(wait_ms)));
      }
      return view();
    },
  );

  app.post(
    "/api/v1/modules/push",
    {
      schema: {
        description: "Pushes a module to backplanes; canaries first.",
        body: PushBody,
        response: { 202: Modules, 400: Problem, 404: Problem, 409: Problem, 503: Problem },
      },
    },
    async (request, reply) => {
      const { actor } = needRole(request.who, "admin");
      const { backplanes, canary, module, again } = request.body;
      const chosen = chooseBackplanes(controller.state, backplanes);
      const bytes = module === null ? (await builtModule()).bytes : fromBase64(module);
      pusher.begin({ ...checkModule(bytes), backplanes: chosen, canary, again, actor });
      return reply.code(202).send(view());
    },
  );
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "base64"));
}
