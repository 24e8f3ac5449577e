// The HTTP API (docs/SPEC.md 4) on fastify: hooks for authentication and headers, errors as problem
// documents, and the routes.
import swagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import websocket from "@fastify/websocket";
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from "fastify";
import { CaddyError, problemOf } from "../errors.ts";
import { checkOrigin, cookieName } from "./auth.ts";
import { consoleSocket, SOCKET_MESSAGE_MAX_BYTES } from "./console-socket.ts";
import type { Api, ApiContext } from "./context.ts";
import { EventHub, eventRoutes } from "./events.ts";
import { placeOf, SECURITY_HEADERS } from "./http.ts";
import { auditRoutes } from "./routes-audit.ts";
import { caddyRoutes } from "./routes-caddies.ts";
import { consoleRoutes } from "./routes-console.ts";
import { consolePortRoutes } from "./routes-console-ports.ts";
import { flashRoutes } from "./routes-flash.ts";
import { moduleRoutes } from "./routes-modules.ts";
import { sessionRoutes } from "./routes-session.ts";
import { userRoutes } from "./routes-users.ts";
import { staticRoutes } from "./static.ts";

const BODY_MAX_BYTES = 64 * 1024;

/** What the document at /api/v1/openapi.json says beside the routes. */
const OPENAPI: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "Caddyshack hostd",
      version: "1",
      description: "Everything but login and health needs authentication.",
    },
    components: {
      securitySchemes: {
        basic: { type: "http", scheme: "basic" },
        sessionOfHttps: { type: "apiKey", in: "cookie", name: cookieName(true) },
        sessionOfHttp: { type: "apiKey", in: "cookie", name: cookieName(false) },
      },
    },
    security: [{ basic: [] }, { sessionOfHttps: [] }, { sessionOfHttp: [] }],
  },
  transform: ({ schema, url, route }) => ({
    url,
    schema: route.config?.open ? { ...schema, security: [] } : schema,
  }),
};

export interface BuiltApi {
  app: Api;
  hub: EventHub;
}

export async function buildApi(context: ApiContext): Promise<BuiltApi> {
  const app: Api = fastify({
    bodyLimit: BODY_MAX_BYTES,
    logger: false,
    // A body must be what it says; stripping or converting would hide a mistake.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    routerOptions: { maxParamLength: 128 },
  });
  app.decorateRequest("who", null);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
    await admit(context, request);
  });
  app.setErrorHandler((error: FastifyError | CaddyError, request, reply) =>
    sendProblem(context, request, reply, toCaddyError(context, error)),
  );
  app.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${request.url.split("?")[0]}`;
    return sendProblem(context, request, reply, new CaddyError("CADDY_NOT_FOUND", what));
  });
  await app.register(swagger, OPENAPI);
  await app.register(websocket, { options: { maxPayload: SOCKET_MESSAGE_MAX_BYTES } });
  const hub = new EventHub(context);
  sessionRoutes(app, context, hub);
  caddyRoutes(app, context);
  eventRoutes(app, context, hub);
  auditRoutes(app, context);
  userRoutes(app, context);
  consoleRoutes(app, context);
  consolePortRoutes(app, context);
  consoleSocket(app, context);
  flashRoutes(app, context);
  moduleRoutes(app, context);
  await staticRoutes(app, context);
  await app.ready();
  return { app, hub };
}

/** Throws unless the request may go on; sets `who`. */
async function admit(context: ApiContext, request: FastifyRequest): Promise<void> {
  const channel = context.channelOf(request.raw.socket);
  if (channel === "unix") {
    const { localUser: user } = context;
    request.who = { user, role: "admin", actor: `local:${user}`, tokenHash: null };
    return;
  }
  const secure = channel === "https";
  const writes = !["GET", "HEAD", "OPTIONS"].includes(request.method);
  // A WebSocket is a GET that any page may send, cookies and all.
  if (writes || request.headers.upgrade !== undefined)
    checkOrigin(request.headers, secure, context.ownNames);
  const open = request.routeOptions.config.open === true;
  const { authorization, cookie } = request.headers;
  if (open && authorization === undefined && cookie === undefined) return;
  const who = await context.auth.identify({ authorization, cookie }, placeOf(request), secure);
  if (!who && !open) throw new CaddyError("CADDY_UNAUTHENTICATED", "no valid session or password");
  request.who = who;
}

function toCaddyError(context: ApiContext, error: FastifyError | CaddyError): CaddyError {
  if (error instanceof CaddyError) return error;
  const { statusCode = 500 } = error;
  if (statusCode < 500) return new CaddyError("CADDY_BAD_REQUEST", error.message);
  context.log("error", `http: ${error.stack ?? error.message}`);
  return new CaddyError("CADDY_INTERNAL", "see hostd's log");
}

function sendProblem(
  context: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  error: CaddyError,
): FastifyReply {
  const problem = problemOf(error);
  const retryAfter = error.extra.retry_after_s;
  if (typeof retryAfter === "number") reply.header("retry-after", String(retryAfter));
  if (error.entry.status === 401) {
    // A browser would answer Basic with its own dialog on top of the dashboard's login.
    const byScript = /^(cors|same-origin)$/.test(String(request.headers["sec-fetch-mode"] ?? ""));
    const scheme = byScript ? "Session" : 'Basic realm="hostd", charset="UTF-8"';
    reply.header("www-authenticate", scheme);
  }
  if (error.code === "CADDY_INTERNAL") context.log("error", `${request.method} ${request.url}`);
  return reply
    .code(error.entry.status)
    .type("application/problem+json")
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}
