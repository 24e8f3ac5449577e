import { describe, expect, test } from "vitest";
import type { Api } from "../../hostd/web/src/api/client.ts";
import { ApiError, unreachable } from "../../hostd/web/src/api/errors.ts";
import { powerOffers } from "../../hostd/web/src/model/actions.ts";
import type { PowerAction, Who } from "../../hostd/web/src/model/types.ts";
import { createCommandStore } from "../../hostd/web/src/stores/commands.ts";
import { createSelectionStore } from "../../hostd/web/src/stores/selection.ts";
import { createSessionStore } from "../../hostd/web/src/stores/session.ts";
import { createShackStore } from "../../hostd/web/src/stores/shack.ts";
import { fakeCaddy, fakeEvent, fakeJob, fakeStatus } from "./fake-rack.ts";

const WHO: Who = { user: "admin", role: "admin" };
const unauthorised = () => new ApiError("unauthorised", "Log in first.", 401);

describe("the session", () => {
  function world(api: Partial<Api>, remembered = true) {
    const memory = { bit: remembered };
    const session = createSessionStore({
      api: { whoAmI: async () => WHO, logIn: async () => WHO, logOut: async () => {}, ...api },
      memory: {
        remembers: () => memory.bit,
        remember: (yes) => {
          memory.bit = yes;
        },
      },
    });
    return { session, memory };
  }

  test("a browser that never logged in does not ask for a session", async () => {
    let asked = 0;
    const whoAmI = async () => {
      asked += 1;
      return WHO;
    };
    const { session } = world({ whoAmI }, false);
    await session.check();
    expect(session.state.value).toEqual({ phase: "out", why: null, busy: false });
    expect(asked).toBe(0);
  });

  test("one that did is in again, or gets the form", async () => {
    const good = world({});
    await good.session.check();
    expect(good.session.state.value).toEqual({ phase: "in", who: WHO });
    const old = world({ whoAmI: () => Promise.reject(unauthorised()) });
    await old.session.check();
    expect(old.session.state.value).toEqual({ phase: "out", why: null, busy: false });
    expect(old.memory.bit).toBe(false);
  });

  test("a refused log-in says what to do, an unreachable hostd is told apart", async () => {
    const errors = [unauthorised(), unreachable()];
    const { session } = world({ logIn: () => Promise.reject(errors.shift()) }, false);
    await session.logIn("admin", "wrong");
    expect(session.state.value).toMatchObject({ why: "User or password is wrong.", busy: false });
    await session.logIn("admin", "right");
    expect(session.state.value).toMatchObject({
      why: expect.stringContaining("does not answer"),
    });
  });

  test("logging in is remembered, logging out and expiry forget it", async () => {
    const { session, memory } = world({}, false);
    await session.logIn("admin", "right");
    expect(memory.bit).toBe(true);
    session.expired();
    expect(session.state.value).toMatchObject({
      phase: "out",
      why: expect.stringContaining("ended"),
    });
    expect(memory.bit).toBe(false);
    await session.logIn("admin", "right");
    expect(await session.logOut()).toBe(null);
    expect(session.state.value).toEqual({ phase: "out", why: null, busy: false });
    expect(memory.bit).toBe(false);
  });

  test("a log-out that fails says so and stays in", async () => {
    const { session } = world({ logOut: () => Promise.reject(unreachable()) });
    await session.check();
    expect(await session.logOut()).toContain("does not answer");
    expect(session.state.value.phase).toBe("in");
  });
});

describe("commands", () => {
  function world(error: Error | null = null) {
    const shack = createShackStore();
    const sent: string[] = [];
    let expired = 0;
    const note = async (text: string) => {
      sent.push(text);
      if (error) throw error;
      return fakeJob("j1");
    };
    const commands = createCommandStore({
      shack,
      api: {
        power: (caddy, action) => note(`${caddy} ${action}`),
        identify: (caddy, on) => note(`${caddy} identify ${on}`),
        usb: (caddy, on) => note(`${caddy} usb ${on}`),
      },
      onExpired: () => {
        expired += 1;
      },
    });
    return { commands, shack, sent, expired: () => expired };
  }

  const offer = (action: PowerAction, caddy = fakeCaddy("db1")) => {
    const found = powerOffers(caddy).find((each) => each.action === action);
    if (!found) throw new Error(`no offer ${action}`);
    return found;
  };

  test("what takes power away is asked for first", async () => {
    const { commands, sent, shack } = world();
    commands.choose("db1", offer("cycle"));
    expect(commands.question.value?.caddy).toBe("db1");
    expect(sent).toEqual([]);
    commands.answer(false);
    expect(commands.question.value).toBe(null);
    expect(sent).toEqual([]);
    commands.choose("db1", offer("cycle"));
    commands.answer(true);
    await Promise.resolve();
    expect(sent).toEqual(["db1 cycle"]);
    await Promise.resolve();
    expect(shack.state.value.jobs).toHaveLength(1);
    commands.answer(true);
    expect(sent).toEqual(["db1 cycle"]);
  });

  test("switching on asks nothing; what is refused is not sent", () => {
    const { commands, sent } = world();
    const off = fakeCaddy("db1", { power: "off" });
    commands.choose("db1", offer("on", off));
    expect(sent).toEqual(["db1 on"]);
    commands.choose("db1", offer("cycle", off));
    expect(commands.question.value).toBe(null);
    expect(sent).toEqual(["db1 on"]);
  });

  test("an error stands beside its caddy until the next command", async () => {
    const { commands } = world(new ApiError("problem", "No such caddy.", 404));
    await commands.identify("db1", true);
    expect(commands.error.value).toEqual({ caddy: "db1", message: "No such caddy." });
    const next = commands.usb("web1", true);
    expect(commands.error.value).toBe(null);
    await next;
    expect(commands.error.value?.caddy).toBe("web1");
  });

  test("a lost session is not an error of the command", async () => {
    const { commands, expired } = world(unauthorised());
    await commands.identify("db1", true);
    expect(expired()).toBe(1);
    expect(commands.error.value).toBe(null);
  });
});

describe("the selection", () => {
  test("fetches the caddy's own history, and drops an answer that comes too late", async () => {
    const shack = createShackStore();
    shack.dispatch({ type: "status", status: fakeStatus() });
    const asked: string[] = [];
    const answers = new Map<string, () => void>();
    const selection = createSelectionStore({
      shack,
      api: {
        events(_limit, caddy = "") {
          asked.push(caddy);
          const event = fakeEvent(caddy === "db1" ? 1 : 2, { caddy });
          return new Promise((answer) => answers.set(caddy, () => answer([event])));
        },
      },
      onExpired: () => {},
    });
    selection.select("db1");
    selection.select("db1");
    selection.select("web1");
    expect(asked).toEqual(["db1", "web1"]);
    for (const caddy of ["web1", "db1"]) {
      answers.get(caddy)?.();
      await Promise.resolve();
      await Promise.resolve();
    }
    expect(shack.state.value.history?.caddy).toBe("web1");
    expect(shack.state.value.history?.events.map(({ id }) => id)).toEqual([2]);
    selection.select("bp1-9");
    expect(asked).toEqual(["db1", "web1"]);
    expect(selection.selected.value).toBe("bp1-9");
  });
});

describe("the shack's signals", () => {
  test("a change of one caddy moves its signal and no other, and not the layout", () => {
    const shack = createShackStore();
    shack.dispatch({ type: "status", status: fakeStatus() });
    const web1 = shack.caddy("web1");
    const db1 = shack.caddy("db1");
    const bays = shack.bays.value;
    const before = db1.value;
    shack.dispatch({ type: "caddy", caddy: fakeCaddy("web1", { power: "off" }) });
    expect(web1.value?.power).toBe("off");
    expect(db1.value).toBe(before);
    expect(shack.bays.value).toBe(bays);
  });
});
