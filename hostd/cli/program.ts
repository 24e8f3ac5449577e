// The command line as a whole: verbs, usage errors, and how an error is shown.
import { Command, CommanderError } from "commander";
import { CaddyError, EXIT } from "../errors.ts";
import { hostdVersion } from "../version.ts";
import { addBroker } from "./broker.ts";
import { addCompletion } from "./completion.ts";
import { addConsole } from "./console.ts";
import { addDoctor } from "./doctor.ts";
import { addEvents } from "./events.ts";
import { addFlash } from "./flash.ts";
import { addIdentify } from "./identify.ts";
import type { CliIo } from "./io.ts";
import { errorJson, json } from "./io.ts";
import { addModule } from "./module.ts";
import { addPower } from "./power.ts";
import { addStatus } from "./status.ts";
import { addUp } from "./up.ts";
import { addUser } from "./user.ts";

/** A verb answers its exit code. */
export type Finish = (code: number) => void;

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 usage, 3 no such caddy, 4 refused, 5 timed out,
6 cannot reach hostd, 7 not authorised.`;

/** `complain` gets what is wrong with the command line. */
export function buildProgram(
  io: CliIo,
  finish: Finish,
  complain: (text: string) => void = (text) => io.err(text),
): Command {
  const program = new Command("hostd")
    .description("Power, state and events of a shack full of caddies.")
    .version(hostdVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [verb]", "print the help of a verb")
    .configureHelp({ helpWidth: 92, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => complain(text.trimEnd()),
      getOutHelpWidth: () => 92,
      getErrHelpWidth: () => 92,
      outputError: (text, write) => write(text.replace(/^error: /, "hostd: ")),
    })
    .addHelpText("after", EXIT_CODES)
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of [
    addUp,
    addStatus,
    addPower,
    addConsole,
    addIdentify,
    addEvents,
    addUser,
    addFlash,
    addModule,
    addBroker,
    addDoctor,
  ]) {
    add(program, io, finish);
  }
  addCompletion(program, io, finish);
  for (const verb of program.commands) inherit(verb, program);
  return program;
}

/** Subcommands made by `command()` take their parent's settings once; ours are added later. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent).helpOption("-h, --help", "print this help");
  for (const child of command.commands) inherit(child, command);
}

/** Runs one command line to its end and answers the exit code. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let code: number = EXIT.done;
  const asJson = argv.includes("--json");
  const complaints: string[] = [];
  const program = buildProgram(
    io,
    (given) => {
      code = given;
    },
    (text) => (asJson ? complaints.push(text) : io.err(text)),
  );
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return showError(error, io, asJson);
    if (error.exitCode === 0) return EXIT.done;
    const detail = complaints.join("\n").replace(/^hostd: /, "");
    if (asJson) showError(new CaddyError("CADDY_USAGE", detail), io, true);
    return EXIT.usage;
  }
}

/** What failed, why, and what to try. */
function showError(error: unknown, io: CliIo, asJson: boolean): number {
  if (!(error instanceof CaddyError)) {
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
    io.err(`hostd: ${stack}`);
    if (asJson) io.out(json({ error: errorJson(new CaddyError("CADDY_INTERNAL", message)) }));
    return EXIT.failed;
  }
  const { title, remedy, exit } = error.entry;
  if (asJson) {
    io.out(json({ error: errorJson(error) }));
    return exit;
  }
  const detail = error.message.split("\n").map((line) => `  ${line}`);
  io.err([`hostd: ${title} (${error.code})`, ...detail, `  ${remedy}`].join("\n"));
  return exit;
}
