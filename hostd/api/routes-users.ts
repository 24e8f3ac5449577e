// Users, for the admin: who there is, their roles, passwords and SSH keys.
import type { Role } from "../consoles/types.ts";
import { ROLES, type User } from "../users/record.ts";
import { fingerprint } from "../users/users.ts";
import { needRole } from "./console-access.ts";
import type { Api, ApiContext } from "./context.ts";
import { closed, flag, list, object, short, text, typed, words } from "./schema-words.ts";
import { NameParams, Problem } from "./schemas.ts";

interface UserView {
  name: string;
  role: Role;
  password: boolean;
  keys: { type: string; fingerprint: string; comment: string }[];
}

const UserSchema = typed<UserView>(
  object(
    {
      name: text,
      role: words(ROLES),
      password: { ...flag, description: "whether there is a login by password" },
      keys: list(object({ type: text, fingerprint: text, comment: text })),
    },
    { title: "User" },
  ),
);
const UsersSchema = typed<{ users: UserView[] }>(object({ users: list(UserSchema) }));
const AddBody = typed<{ name: string; role: Role; password?: string }>(
  object(
    { name: short(64), role: words(ROLES), password: short(256) },
    { ...closed, optional: ["password"] },
  ),
);
const ChangeBody = typed<{ role?: Role; password?: string }>(
  object(
    { role: words(ROLES), password: short(256) },
    { ...closed, optional: ["role", "password"] },
  ),
);
const KeyBody = typed<{ key: string }>(object({ key: short(8192) }, closed));
const KeyParams = typed<{ name: string; fingerprint: string }>(
  object({ name: short(64), fingerprint: short(100) }),
);
const Nothing = typed<null>({ type: "null", description: "done" });

const view = ({ name, role, password, keys }: User): UserView => ({
  name,
  role,
  password: password !== null || name === "admin",
  keys: keys.map((key) => ({
    type: key.type,
    fingerprint: fingerprint(key),
    comment: key.comment,
  })),
});

const problems = { 400: Problem, 403: Problem, 404: Problem, 409: Problem };
const of = "/api/v1/users/:name";

export function userRoutes(app: Api, context: ApiContext): void {
  peopleRoutes(app, context);
  keyRoutes(app, context);
}

function peopleRoutes(app: Api, { users }: ApiContext): void {
  app.get(
    "/api/v1/users",
    { schema: { response: { 200: UsersSchema, 403: Problem } } },
    async (request) => {
      needRole(request.who, "admin");
      return { users: users.list().map(view) };
    },
  );

  app.post(
    "/api/v1/users",
    { schema: { body: AddBody, response: { 201: UserSchema, ...problems } } },
    async (request, reply) => {
      needRole(request.who, "admin");
      const { name, role, password } = request.body;
      // A password that is refused must leave no user behind.
      const added = users.add(name, role);
      if (password === undefined) return reply.code(201).send(view(added));
      try {
        return await reply.code(201).send(view(await users.setPassword(name, password)));
      } catch (error) {
        users.remove(name);
        throw error;
      }
    },
  );

  app.patch(
    of,
    {
      schema: { params: NameParams, body: ChangeBody, response: { 200: UserSchema, ...problems } },
    },
    async (request) => {
      needRole(request.who, "admin");
      const { name } = request.params;
      const { role, password } = request.body;
      if (password !== undefined) await users.setPassword(name, password);
      if (role !== undefined) users.setRole(name, role);
      return view(users.get(name));
    },
  );

  app.delete(
    of,
    { schema: { params: NameParams, response: { 204: Nothing, ...problems } } },
    async (request, reply) => {
      needRole(request.who, "admin");
      users.remove(request.params.name);
      return reply.code(204).send(null);
    },
  );
}

function keyRoutes(app: Api, { users }: ApiContext): void {
  app.post(
    `${of}/keys`,
    { schema: { params: NameParams, body: KeyBody, response: { 201: UserSchema, ...problems } } },
    async (request, reply) => {
      needRole(request.who, "admin");
      const user = users.addKey(request.params.name, request.body.key);
      return reply.code(201).send(view(user));
    },
  );

  app.delete(
    `${of}/keys/:fingerprint`,
    { schema: { params: KeyParams, response: { 200: UserSchema, ...problems } } },
    async (request) => {
      needRole(request.who, "admin");
      return view(users.removeKey(request.params.name, request.params.fingerprint));
    },
  );
}
