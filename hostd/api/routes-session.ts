// Health, login, and what this hostd is.
import { CaddyError } from "../errors.ts";
import { cookieHeader, cookieName, cookieOf } from "./auth.ts";
import type { Api, ApiContext } from "./context.ts";
import type { EventHub } from "./events.ts";
import { placeOf } from "./http.ts";
import { About, Health, Login, Problem, Who } from "./schemas.ts";

export function sessionRoutes(app: Api, context: ApiContext, hub: EventHub): void {
  const { auth, controller, clock } = context;

  app.get(
    "/api/v1/health",
    { config: { open: true }, schema: { response: { 200: Health } } },
    async () => ({ ok: true }),
  );

  app.post(
    "/api/v1/session",
    {
      config: { open: true },
      schema: { body: Login, response: { 200: Who, 401: Problem, 429: Problem } },
    },
    async (request, reply) => {
      const { user, password } = request.body;
      const secure = context.channelOf(request.raw.socket) === "https";
      const who = await auth.login(user, password, placeOf(request));
      reply.header("set-cookie", cookieHeader(auth.open(who), secure));
      controller.note({
        type: "session.opened",
        wallMs: clock.wallMs(),
        caddy: null,
        backplane: null,
        actor: who.actor,
        data: {},
      });
      return { user: who.user, role: who.role };
    },
  );

  app.get(
    "/api/v1/session",
    { schema: { response: { 200: Who, 401: Problem } } },
    async (request) => {
      if (!request.who) throw new CaddyError("CADDY_UNAUTHENTICATED", "nobody is logged in");
      return { user: request.who.user, role: request.who.role };
    },
  );

  app.delete("/api/v1/session", { config: { open: true } }, async (request, reply) => {
    const secure = context.channelOf(request.raw.socket) === "https";
    const tokenHash = request.who?.tokenHash ?? null;
    if (tokenHash !== null) {
      auth.close(tokenHash);
      hub.endSession(tokenHash);
    }
    if (cookieOf(request.headers.cookie, cookieName(secure)) !== null) {
      reply.header("set-cookie", cookieHeader("", secure));
    }
    return reply.code(204).send();
  });

  app.get("/api/v1/about", { schema: { response: { 200: About } } }, async () => context.about());

  app.get("/api/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger());
}
