// Shell completion: verbs and options are written into the script, names are asked for at the time.
import type { Command } from "commander";
import { POWER_VERBS } from "../bus/topics.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { StatusView } from "../power/views.ts";
import { withClient } from "./connect.ts";
import type { CliIo } from "./io.ts";
import type { Finish } from "./program.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const NAMED_VERBS = ["power", "identify", "status"];

const HELP = `
  bash:  hostd completion bash > ~/.local/share/bash-completion/completions/hostd
  zsh:   hostd completion zsh > a directory of $fpath, as _hostd
  fish:  hostd completion fish > ~/.config/fish/completions/hostd.fish`;

export function addCompletion(program: Command, io: CliIo, finish: Finish): void {
  program
    .command("completion")
    .description("Print a completion script for bash, zsh or fish.")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", HELP)
    .action(async (shell: string) => {
      if (shell === "names") await printNames(io);
      else io.out(script(shell, program));
      finish(EXIT.done);
    });
}

/** For the scripts: the names of a running hostd, or nothing. */
async function printNames(io: CliIo): Promise<void> {
  try {
    const status = await withClient({}, io, (c) => c.get<StatusView>("/api/v1/status"));
    io.out(status.caddies.map(({ name }) => name).join("\n"));
  } catch {
    // No hostd, no names: an error would end up in the middle of what is being typed.
  }
}

function script(shell: string, program: Command): string {
  const verbs = new Map(program.commands.map((verb) => [verb.name(), optionsOf(verb)]));
  if (shell === "bash") return bash(verbs);
  if (shell === "zsh") return zsh(verbs, program);
  if (shell === "fish") return fish(program);
  throw new CaddyError("CADDY_USAGE", `no completion for ${shell}; there is ${SHELLS.join(", ")}`);
}

function optionsOf(verb: Command): string[] {
  const own = verb.commands.flatMap((child) => [child.name(), ...optionsOf(child)]);
  return [...own, ...verb.options.flatMap((o) => o.long ?? []), "--help"];
}

function bash(verbs: Map<string, string[]>): string {
  const cases = [...verbs].map(([verb, options]) => `    ${verb}) words="${options.join(" ")}" ;;`);
  return `# Completion of hostd for bash, written by \`hostd completion bash\`.
_hostd() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...verbs.keys()].join(" ")} help" -- "$cur"))
    return
  fi
  case "$verb" in
${cases.join("\n")}
  esac
  case "$verb" in
    power) [ "$COMP_CWORD" -eq 2 ] && words="$words ${POWER_VERBS.join(" ")}" ;;
    identify) words="$words on off" ;;
    completion) words="${SHELLS.join(" ")}" ;;
  esac
  case "$verb" in
    ${NAMED_VERBS.join("|")}) words="$words $(hostd completion names 2>/dev/null)" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _hostd hostd`;
}

function zsh(verbs: Map<string, string[]>, program: Command): string {
  const quote = (text: string) => text.replace(/'/g, "'\\''").replace(/:/g, "\\:");
  const list = program.commands.map((v) => `    '${v.name()}:${quote(v.description())}'`);
  const cases = [...verbs].map(
    ([verb, options]) => `    ${verb}) choices=(${options.join(" ")}) ;;`,
  );
  return `#compdef hostd
# Completion of hostd for zsh, written by \`hostd completion zsh\`.
_hostd() {
  local -a verbs choices
  local verb="\${words[2]}"
  verbs=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  case "$verb" in
${cases.join("\n")}
  esac
  case "$verb" in
    power) (( CURRENT == 3 )) && choices+=(${POWER_VERBS.join(" ")}) ;;
    identify) choices+=(on off) ;;
    completion) choices=(${SHELLS.join(" ")}) ;;
  esac
  case "$verb" in
    ${NAMED_VERBS.join("|")}) choices+=(\${(f)"$(hostd completion names 2>/dev/null)"}) ;;
  esac
  compadd -a choices
}
_hostd "$@"`;
}

function fish(program: Command): string {
  const quote = (text: string) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;
  const lines = ["# Completion of hostd for fish, written by `hostd completion fish`."];
  lines.push("complete -c hostd -f");
  const using = (verb: string) => `-n '__fish_seen_subcommand_from ${verb}'`;
  for (const verb of program.commands) {
    const name = verb.name();
    lines.push(
      `complete -c hostd -n __fish_use_subcommand -a ${name} -d ${quote(verb.description())}`,
    );
    for (const option of verb.options) {
      const long = option.long?.replace(/^--/, "");
      if (long === undefined) continue;
      const needs = option.required || option.optional ? " -r" : "";
      lines.push(
        `complete -c hostd ${using(name)} -l ${long}${needs} -d ${quote(option.description)}`,
      );
    }
    for (const child of verb.commands) {
      lines.push(
        `complete -c hostd ${using(name)} -a ${child.name()} -d ${quote(child.description())}`,
      );
    }
  }
  lines.push(`complete -c hostd ${using("power")} -a '${POWER_VERBS.join(" ")}'`);
  lines.push(`complete -c hostd ${using("identify")} -a 'on off'`);
  lines.push(`complete -c hostd ${using("completion")} -a '${SHELLS.join(" ")}'`);
  lines.push(
    `complete -c hostd ${using(NAMED_VERBS.join(" "))} -a '(hostd completion names 2>/dev/null)'`,
  );
  return lines.join("\n");
}
