// Serial ports and whose they are: what `hostd console map` works with.
import type { PortSample } from "../consoles/mapping.ts";
import type { ConsoleService } from "../consoles/service.ts";
import { CaddyError } from "../errors.ts";
import { needConsoles, needRole } from "./console-access.ts";
import type { Api, ApiContext } from "./context.ts";
import { closed, list, object, orNull, text, typed, whole } from "./schema-words.ts";
import { NameParams, Problem } from "./schemas.ts";

type PortsView = { ports: PortSample[]; bound: { caddy: string; place: string }[] };
const Ports = typed<PortsView>(
  object({
    ports: list(object({ place: text, caddy: orNull(text), bytes: whole })),
    bound: list(object({ caddy: text, place: text })),
  }),
);
const ListenBody = typed<{ seconds: number }>(
  object({ seconds: { type: "integer", minimum: 1, maximum: 600 } }, closed),
);
const BindBody = typed<{ port: string }>(
  object({ port: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9:._+-]{0,199}$" } }, closed),
);

const portsView = (consoles: ConsoleService): PortsView => ({
  ports: consoles.samples(),
  bound: consoles.bindings(),
});

export function consolePortRoutes(app: Api, context: ApiContext): void {
  const problems = { 403: Problem, 404: Problem, 409: Problem };

  app.get(
    "/api/v1/console-ports",
    {
      schema: {
        description: "bytes: heard since somebody listens; whose port it is counts them elsewhere",
        response: { 200: Ports, 404: Problem },
      },
    },
    async () => portsView(needConsoles(context)),
  );

  app.post(
    "/api/v1/console-ports/listen",
    { schema: { body: ListenBody, response: { 200: Ports, ...problems } } },
    async (request) => {
      needRole(request.who, "admin");
      const consoles = needConsoles(context);
      consoles.listenToStrangers(request.body.seconds * 1000);
      return portsView(consoles);
    },
  );

  app.put(
    "/api/v1/caddies/:name/console/port",
    { schema: { params: NameParams, body: BindBody, response: { 200: Ports, ...problems } } },
    async (request) => {
      needRole(request.who, "admin");
      const consoles = needConsoles(context);
      const { name } = request.params;
      const { port } = request.body;
      const owner = consoles.ownerOf(port);
      if (owner !== null && owner !== name) {
        throw new CaddyError("CADDY_CONSOLE_BUSY", `${port} is the port of ${owner}`);
      }
      context.bindConsole(consoles.of(name).caddy, port);
      await consoles.bind(name, port);
      return portsView(consoles);
    },
  );
}
