// Shell completion: verbs and options are written into the script, names are asked for at the time.
import { type Command, Option } from "commander";
import { POWER_VERBS } from "../bus/topics.ts";
import { CaddyError, EXIT } from "../errors.ts";
import type { StatusView } from "../power/views.ts";
import { withClient } from "./connect.ts";
import { type CliIo, json } from "./io.ts";
import type { Finish } from "./program.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
const NAMED_VERBS = ["power", "console", "identify", "status"];

const HELP = `
  bash:  hostd completion bash > ~/.local/share/bash-completion/completions/hostd
  zsh:   hostd completion zsh > a directory of $fpath, as _hostd
  fish:  hostd completion fish > ~/.config/fish/completions/hostd.fish`;

interface CompletionOptions {
  data?: string;
  json?: boolean;
}

export function addCompletion(program: Command, io: CliIo, finish: Finish): void {
  program
    .command("completion")
    .description("Print a completion script for bash, zsh or fish.")
    .argument("<shell>", "bash, zsh or fish")
    .option("--json", "print JSON")
    .addOption(new Option("--data <DIR>", "for the scripts: whose names").hideHelp())
    .addHelpText("after", HELP)
    .action(async (shell: string, options: CompletionOptions) => {
      if (shell === "names") await printNames(options, io);
      else {
        const text = script(shell, program);
        io.out(options.json ? json({ shell, script: text }) : text);
      }
      finish(EXIT.done);
    });
}

/** For the scripts: names and addresses of a running hostd, or nothing. */
async function printNames({ data, json: asJson }: CompletionOptions, io: CliIo): Promise<void> {
  const at = data === undefined ? {} : { data };
  let names: string[] = [];
  try {
    const { caddies } = await withClient(at, io, (c) => c.get<StatusView>("/api/v1/status"));
    names = [...caddies.map(({ name }) => name), ...caddies.map(({ address }) => address)];
  } catch {
    // No hostd, no names: an error would end up in the middle of what is being typed.
  }
  if (asJson) io.out(json({ names }));
  else if (names.length > 0) io.out(names.join("\n"));
}

function script(shell: string, program: Command): string {
  const verbs = new Map(program.commands.map((verb) => [verb.name(), optionsOf(verb)]));
  const values = valuesOf(program);
  if (shell === "bash") return bash(verbs, values);
  if (shell === "zsh") return zsh(verbs, values, program);
  if (shell === "fish") return fish(program);
  throw new CaddyError("CADDY_USAGE", `no completion for ${shell}; there is ${SHELLS.join(", ")}`);
}

function optionsOf(verb: Command): string[] {
  const own = verb.commands.flatMap((child) => [child.name(), ...optionsOf(child)]);
  const shown = verb.options.filter((option) => !option.hidden);
  return [...own, ...shown.flatMap((o) => o.long ?? []), "--help"];
}

/** What follows an option: `<FILE>`, `<DIR>`, `<NAME>` of a caddy, or any word. */
interface Values {
  files: string;
  dirs: string;
  names: string;
  words: string;
}

function valuesOf(program: Command): Values {
  const all = (command: Command): Option[] => [
    ...command.options,
    ...command.commands.flatMap((child) => all(child)),
  ];
  const found = { files: new Set(), dirs: new Set(), names: new Set(), words: new Set() };
  for (const option of all(program)) if (option.required) found[kindOf(option)].add(option.long);
  const join = (set: Set<unknown>) => [...set].join("|");
  const { files, dirs, names, words } = found;
  return { files: join(files), dirs: join(dirs), names: join(names), words: join(words) };
}

function kindOf({ flags, long }: Option): keyof Values {
  if (flags.includes("<FILE>")) return "files";
  if (flags.includes("<DIR>")) return "dirs";
  return long === "--caddy" ? "names" : "words";
}

function bash(verbs: Map<string, string[]>, { files, dirs, names, words }: Values): string {
  const cases = [...verbs].map(([verb, options]) => `    ${verb}) words="${options.join(" ")}" ;;`);
  return `# Completion of hostd for bash, written by \`hostd completion bash\`.
_hostd_names() {
  local i dir
  local -a where=()
  for ((i = 2; i < COMP_CWORD - 1; i++)); do
    dir="\${COMP_WORDS[i + 1]}"
    [ "\${COMP_WORDS[i]}" = --data ] && where=(--data "\${dir/#\\~/$HOME}")
  done
  hostd completion names "\${where[@]}" 2>/dev/null
}
_hostd() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...verbs.keys()].join(" ")} help" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    ${files}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${dirs}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")); return ;;
    ${names}) COMPREPLY=($(compgen -W "$(_hostd_names)" -- "$cur")); return ;;
    ${words}) COMPREPLY=(); return ;;
  esac
  case "$verb" in
${cases.join("\n")}
  esac
  case "$verb" in
    power) [ "$COMP_CWORD" -eq 2 ] && words="$words ${POWER_VERBS.join(" ")}" ;;
    identify) words="$words on off" ;;
    completion) words="${SHELLS.join(" ")} $words" ;;
  esac
  case "$verb" in
    ${NAMED_VERBS.join("|")}) words="$words $(_hostd_names)" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _hostd hostd`;
}

function zsh(verbs: Map<string, string[]>, values: Values, program: Command): string {
  const quote = (text: string) => text.replace(/'/g, "'\\''").replace(/:/g, "\\:");
  const list = program.commands.map((v) => `    '${v.name()}:${quote(v.description())}'`);
  const cases = [...verbs].map(
    ([verb, options]) => `    ${verb}) choices=(${options.join(" ")}) ;;`,
  );
  return `#compdef hostd
# Completion of hostd for zsh, written by \`hostd completion zsh\`.
_hostd() {
  local -a verbs choices where
  local verb="\${words[2]}" i=\${words[(I)--data]}
  (( i > 0 && i < CURRENT - 1 )) && where=(--data "\${words[i + 1]/#\\~/$HOME}")
  verbs=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  case "\${words[CURRENT - 1]}" in
    ${values.files}) _files; return ;;
    ${values.dirs}) _files -/; return ;;
    ${values.names})
      choices=(\${(f)"$(hostd completion names $where 2>/dev/null)"})
      compadd -a choices
      return ;;
    ${values.words}) return ;;
  esac
  case "$verb" in
${cases.join("\n")}
  esac
  case "$verb" in
    power) (( CURRENT == 3 )) && choices+=(${POWER_VERBS.join(" ")}) ;;
    identify) choices+=(on off) ;;
    completion) choices+=(${SHELLS.join(" ")}) ;;
  esac
  case "$verb" in
    ${NAMED_VERBS.join("|")}) choices+=(\${(f)"$(hostd completion names $where 2>/dev/null)"}) ;;
  esac
  compadd -a choices
}
_hostd "$@"`;
}

const FISH_NAMES = "(hostd completion names (__hostd_where) 2>/dev/null)";
const FISH_VALUES: Record<keyof Values, string> = {
  files: " -r -F",
  dirs: " -x -a '(__fish_complete_directories)'",
  names: ` -x -a '${FISH_NAMES}'`,
  words: " -x",
};
const FISH_WHERE = [
  "function __hostd_where",
  "  set -l tokens (commandline -opc)",
  "  set -l i (contains -i -- --data $tokens)",
  "  and set -q tokens[(math $i + 1)]",
  "  and printf '%s\\n' --data $tokens[(math $i + 1)]",
  "end",
];

function fish(program: Command): string {
  const quote = (text: string) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;
  const lines = ["# Completion of hostd for fish, written by `hostd completion fish`."];
  lines.push("complete -c hostd -f", ...FISH_WHERE);
  const using = (verb: string) => `-n '__fish_seen_subcommand_from ${verb}'`;
  for (const verb of program.commands) {
    const name = verb.name();
    lines.push(
      `complete -c hostd -n __fish_use_subcommand -a ${name} -d ${quote(verb.description())}`,
    );
    for (const option of verb.options) {
      const long = option.long?.replace(/^--/, "");
      if (long === undefined || option.hidden) continue;
      const kind = option.required ? kindOf(option) : null;
      const needs = kind === null ? "" : FISH_VALUES[kind];
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
  lines.push(`complete -c hostd ${using(NAMED_VERBS.join(" "))} -a '${FISH_NAMES}'`);
  return lines.join("\n");
}
