// Every error hostd can name, once: its HTTP status, the CLI's exit code, what it is and what to
// do. docs/errors.md explains each one; a test compares the two both ways.

import { type ErrorEntry, EXIT } from "./exit-codes.ts";
import { FLASHING_ERRORS } from "./flashing/errors.ts";

export { type ErrorEntry, EXIT } from "./exit-codes.ts";

export const ERRORS = {
  CADDY_BAD_REQUEST: {
    status: 400,
    exit: EXIT.usage,
    title: "The request is malformed.",
    remedy: "Compare it with the OpenAPI document at /api/v1/openapi.json.",
  },
  CADDY_UNAUTHENTICATED: {
    status: 401,
    exit: EXIT.unauthorised,
    title: "This needs a login.",
    remedy: "Log in as admin; the password is in the file admin-password of the data directory.",
  },
  CADDY_BAD_LOGIN: {
    status: 401,
    exit: EXIT.unauthorised,
    title: "User or password is wrong.",
    remedy: "The user is admin; the password is in the file admin-password of the data directory.",
  },
  CADDY_LOGIN_THROTTLED: {
    status: 429,
    exit: EXIT.unauthorised,
    title: "Too many failed logins.",
    remedy: "Wait as long as the Retry-After header says, then try again.",
  },
  CADDY_BAD_HOST: {
    status: 403,
    exit: EXIT.unauthorised,
    title: "The request was sent to a host name that hostd does not answer to.",
    remedy: "Use localhost, an IP address or this machine's own name, or `hostd up --name HOST`.",
  },
  CADDY_BAD_ORIGIN: {
    status: 403,
    exit: EXIT.unauthorised,
    title: "A page from elsewhere tried to change something.",
    remedy: "Use the dashboard that hostd itself serves.",
  },
  CADDY_NO_SUCH_CADDY: {
    status: 404,
    exit: EXIT.noSuchCaddy,
    title: "There is no caddy of that name.",
    remedy: "Names are exact: `hostd status` lists them.",
  },
  CADDY_NO_SUCH_BACKPLANE: {
    status: 404,
    exit: EXIT.noSuchCaddy,
    title: "There is no backplane of that name.",
    remedy: "Names are exact: `hostd status` lists them, shack.yaml says which there are.",
  },
  CADDY_NO_MATCH: {
    status: 404,
    exit: EXIT.noSuchCaddy,
    title: "The pattern matches no caddy.",
    remedy: "`hostd status` lists names and addresses; quote patterns: 'bp1/*'.",
  },
  CADDY_NO_SUCH_JOB: {
    status: 404,
    exit: EXIT.failed,
    title: "There is no job of that id.",
    remedy: "hostd keeps the last 1000 jobs since its start; `hostd events --audit` has all.",
  },
  CADDY_NOT_FOUND: {
    status: 404,
    exit: EXIT.failed,
    title: "There is nothing at this address.",
    remedy: "The OpenAPI document at /api/v1/openapi.json lists every route.",
  },
  CADDY_FORBIDDEN: {
    status: 403,
    exit: EXIT.unauthorised,
    title: "Your role does not allow this.",
    remedy: "Viewers look, operators also write and switch, admins also manage users.",
  },
  CADDY_NO_SUCH_USER: {
    status: 404,
    exit: EXIT.failed,
    title: "There is no such user.",
    remedy: "`hostd user list` names all of them.",
  },
  CADDY_USER_EXISTS: {
    status: 409,
    exit: EXIT.refused,
    title: "This user, or this key, is there already.",
    remedy: "Nothing was changed. Choose another name, or remove the old one first.",
  },
  CADDY_CONSOLE_BUSY: {
    status: 409,
    exit: EXIT.refused,
    title: "Somebody else writes on this console.",
    remedy: "Ask them to release it, or take it over (`--take`, or the page's button).",
  },
  CADDY_CONSOLE_CLOSED: {
    status: 503,
    exit: EXIT.refused,
    title: "The console's serial port is not there.",
    remedy: "Is the caddy powered and its USB switched on? See `hostd console --list`.",
  },
  CADDY_CONSOLE_FULL: {
    status: 503,
    exit: EXIT.refused,
    title: "Too many viewers on this console.",
    remedy: "Close one, then try again.",
  },
  CADDY_CONSOLE_TIMEOUT: {
    status: 408,
    exit: EXIT.timedOut,
    title: "What was waited for was not printed in time.",
    remedy: "`hostd console NAME --log` shows what was.",
  },
  CADDY_BACKPLANE_OFFLINE: {
    status: 409,
    exit: EXIT.refused,
    title: "The caddy's backplane is not online.",
    remedy: "Nothing was sent. Check the backplane's supply, its Wi-Fi and the broker.",
  },
  CADDY_COMMAND_REFUSED: {
    status: 409,
    exit: EXIT.refused,
    title: "The backplane refused the command.",
    remedy: "Nothing changed. The reason is one of those in docs/SPEC.md 2.2.",
  },
  CADDY_COMMAND_FAILED: {
    status: 502,
    exit: EXIT.failed,
    title: "The backplane could not carry the command out.",
    remedy: "The reason is one of those in docs/SPEC.md 2.2; see also `hostd events`.",
  },
  CADDY_COMMAND_TIMED_OUT: {
    status: 504,
    exit: EXIT.timedOut,
    title: "No result came in time.",
    remedy: "It may still happen: look at `hostd status` before you send it again.",
  },
  CADDY_PARTIAL: {
    status: 502,
    exit: EXIT.failed,
    title: "It did not go the same way for all caddies.",
    remedy: "The lines above say how it went for each; repeat it for those that failed.",
  },
  CADDY_BUSY: {
    status: 503,
    exit: EXIT.refused,
    title: "Too many commands are under way.",
    remedy: "Wait until some have ended.",
  },
  CADDY_TOO_MANY_STREAMS: {
    status: 503,
    exit: EXIT.refused,
    title: "Too many event streams are open.",
    remedy: "Close a dashboard or an `events --follow`.",
  },
  CADDY_BROKER_DOWN: {
    status: 503,
    exit: EXIT.refused,
    title: "hostd has no link to the MQTT broker.",
    remedy: "Nothing was sent. See `hostd doctor`.",
  },
  CADDY_INTERNAL: {
    status: 500,
    exit: EXIT.failed,
    title: "hostd made a mistake.",
    remedy: "Its log has the details; please report them.",
  },
  CADDY_CONFIG_INVALID: {
    status: 500,
    exit: EXIT.usage,
    title: "shack.yaml is not valid.",
    remedy: "Each line names a place in the file; docs/SPEC.md 1 has the rules of names.",
  },
  CADDY_CONFIG_MISSING: {
    status: 500,
    exit: EXIT.usage,
    title: "There is no shack.yaml.",
    remedy: "Give one by --config, or start with --virtual, which writes an example.",
  },
  CADDY_USAGE: {
    status: 400,
    exit: EXIT.usage,
    title: "The command line is not right.",
    remedy: "`hostd help` and `hostd VERB --help` say how it goes.",
  },
  CADDY_DATA_DIR: {
    status: 500,
    exit: EXIT.failed,
    title: "The data directory cannot be used.",
    remedy: "It must belong to you and be writable; choose another by --data.",
  },
  CADDY_STORE: {
    status: 500,
    exit: EXIT.failed,
    title: "The database in the data directory cannot be used.",
    remedy: "Move hostd.db and its -wal and -shm files away; only history is lost.",
  },
  CADDY_ALREADY_RUNNING: {
    status: 500,
    exit: EXIT.failed,
    title: "hostd is already running on this data directory.",
    remedy: "Stop the other one, or give this one its own by --data.",
  },
  CADDY_PORT_IN_USE: {
    status: 500,
    exit: EXIT.failed,
    title: "A port cannot be opened.",
    remedy: "Choose another by the flag that is named, or stop what holds it.",
  },
  CADDY_INSECURE_LISTENER: {
    status: 500,
    exit: EXIT.usage,
    title: "A listener without encryption was asked for beyond this machine.",
    remedy: "Use the HTTPS listener, or say --http-insecure or --mqtt-insecure.",
  },
  CADDY_BROKER_REFUSED: {
    status: 500,
    exit: EXIT.failed,
    title: "The MQTT broker cannot be used.",
    remedy: "Check address and account; `hostd broker export mosquitto --out DIR` makes one.",
  },
  CADDY_BUILD: {
    status: 500,
    exit: EXIT.failed,
    title: "A part that hostd needs could not be built.",
    remedy: "`npm ci && npm run build` shows why.",
  },
  ...FLASHING_ERRORS,
  CADDY_UNREACHABLE: {
    status: 503,
    exit: EXIT.unreachable,
    title: "hostd cannot be reached.",
    remedy: "Start it with `npm start` or `hostd up`, or name its place by --data or --url.",
  },
  CADDY_CERTIFICATE: {
    status: 503,
    exit: EXIT.unreachable,
    title: "The certificate that answers there is not trusted here.",
    remedy: "Copy tls/cert.pem from hostd's data directory and give it by --cert-file.",
  },
  CADDY_CREDENTIALS: {
    status: 401,
    exit: EXIT.unauthorised,
    title: "There are no usable credentials.",
    remedy: "--token-file names a file with `user:password`, or with the admin's password.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code of the table; `detail` says what this time was about. */
export class CaddyError extends Error {
  readonly code: ErrorCode;
  /** Further members of the problem document. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, detail: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.name = "CaddyError";
    this.code = code;
    this.extra = extra;
  }

  get entry(): ErrorEntry {
    return ERRORS[this.code];
  }
}

/** The RFC 9457 problem document of an error. */
export function problemOf(error: CaddyError): Record<string, unknown> {
  const { status, title, remedy } = error.entry;
  return {
    type: `urn:caddyshack:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    remedy,
    ...error.extra,
  };
}
