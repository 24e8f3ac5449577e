// What `hostd flash` needs of hostd: which port is whose, and what a backplane's flash shall hold.
// The kit carries secrets; every answer of the API is no-store, and only the admin gets it.
import type { BackplanePort, FlashKit } from "../flashing/kit.ts";
import { needRole } from "./console-access.ts";
import type { Api, ApiContext } from "./context.ts";
import { FlashKitBody, FlashKitSchema, FlashPortsSchema, NameParams, Problem } from "./schemas.ts";

export function flashRoutes(app: Api, { flashKits, log }: ApiContext): void {
  app.get(
    "/api/v1/backplanes/ports",
    { schema: { response: { 200: FlashPortsSchema } } },
    async (): Promise<{ ports: BackplanePort[] }> => ({ ports: flashKits.ports() }),
  );

  app.post(
    "/api/v1/backplanes/:name/flash-kit",
    {
      schema: {
        description: "Secrets and module for flashing one backplane.",
        params: NameParams,
        body: FlashKitBody,
        response: { 200: FlashKitSchema, 404: Problem },
      },
    },
    async (request): Promise<FlashKit> => {
      const { actor } = needRole(request.who, "admin");
      const { name } = request.params;
      const kit = await flashKits.kit(name, request.body.above);
      log("info", `${actor} flashes ${kit.account}`);
      return kit;
    },
  );
}
