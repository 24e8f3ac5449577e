// The built dashboard at `/`. It holds no secrets, so it needs no login.
import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { Api, ApiContext } from "./context.ts";

const MISSING = `<!doctype html><meta charset="utf-8"><title>hostd</title>
<h1>hostd is running</h1>
<p>The dashboard is not built. Run <code>npm run build</code> and start hostd again.</p>
<p>The API is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
`;

export async function staticRoutes(app: Api, { webDir }: ApiContext): Promise<void> {
  if (webDir === null || !existsSync(join(webDir, "index.html"))) {
    app.get("/", { config: { open: true }, schema: { hide: true } }, async (_request, reply) =>
      reply.type("text/html; charset=utf-8").send(MISSING as never),
    );
    return;
  }
  // Routes are files, so the hook of every static route must be told that they are open.
  app.addHook("onRoute", (route) => {
    if (route.path === "/*" || route.path === "/") route.config = { ...route.config, open: true };
  });
  await app.register(fastifyStatic, {
    root: webDir,
    prefix: "/",
    index: ["index.html"],
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Built assets carry a hash in their name, the page itself does not.
      const hashed = /[\\/]assets[\\/]/.test(path);
      const value = hashed ? "public, max-age=31536000, immutable" : "no-cache";
      reply.header("cache-control", value);
    },
  });
}
