// Who may do what on a console, and whether there are consoles at all.

import type { ConsoleService } from "../consoles/service.ts";
import type { Role } from "../consoles/types.ts";
import { CaddyError } from "../errors.ts";
import type { Who } from "./auth.ts";
import type { ApiContext } from "./context.ts";

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Throws CADDY_FORBIDDEN. */
export function needRole(who: Who | null, role: Role): Who {
  if (who === null) throw new CaddyError("CADDY_UNAUTHENTICATED", "nobody is logged in");
  if (RANK[who.role] >= RANK[role]) return who;
  throw new CaddyError("CADDY_FORBIDDEN", `${who.user} is a ${who.role}; this needs a ${role}`);
}

/** Throws CADDY_NOT_FOUND where the role does not run. */
export function needConsoles({ consoles }: ApiContext): ConsoleService {
  if (consoles !== null) return consoles;
  throw new CaddyError("CADDY_NOT_FOUND", "this hostd runs without the role `consoles`");
}
