import { type CommandNode, walkTree } from '#cli/completion/tree'

/** Works in the bash 3.2 of macOS, too, and without the package bash-completion. */
export function writeBashScript(root: CommandNode): string {
  const nodes = walkTree(root)
  return `# Completes hunter in bash: source <(hunter completion bash)
_hunter_commands() {
  case $1 in
${nodes
  .filter(({ commands }) => commands.length > 0)
  .map(commandsCase)
  .join('\n')}
  esac
}

_hunter_options() {
  case $1 in
${nodes.map(optionsCase).join('\n')}
  esac
}

# Prints what may follow an option: its values, @file, or @any without known values; prints nothing for a switch.
_hunter_values() {
  case "$1 $2" in
${nodes.flatMap(valueCases).join('\n')}
  esac
}

_hunter_takes_file() {
  case $1 in
${nodes
  .filter(({ takesFile }) => takesFile)
  .map(({ path }) => `    '${path}') return 0 ;;`)
  .join('\n')}
  esac
  return 1
}

_hunter_files() {
  local name
  while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$1")
  compopt -o filenames 2>/dev/null
}

_hunter() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path=hunter words='' values='' name at=1
  COMPREPLY=()
  # bash takes the = of --option=value for a word of its own
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  while (( at < COMP_CWORD )); do
    name=\${COMP_WORDS[at]}
    at=$(( at + 1 ))
    [[ $path == hunter && $name == help ]] && continue
    case " $(_hunter_commands "$path") " in
      *" $name "*) path="$path $name" ;;
      *) [[ -n $(_hunter_values "$path" "$name") && \${COMP_WORDS[at]} != '=' ]] && at=$(( at + 1 )) ;;
    esac
  done
  values=$(_hunter_values "$path" "$prev")
  if [[ -n $values ]]; then
    case $values in
      @file) _hunter_files "$cur" ;;
      @any) ;;
      *) COMPREPLY=( $(compgen -W "$values" -- "$cur") ) ;;
    esac
    return
  fi
  if [[ $cur == -* ]]; then words=$(_hunter_options "$path"); else words=$(_hunter_commands "$path"); fi
  COMPREPLY=( $(compgen -W "$words" -- "$cur") )
  if [[ $cur != -* ]] && _hunter_takes_file "$path"; then _hunter_files "$cur"; fi
}

complete -F _hunter hunter
`
}

function commandsCase({ path, commands }: CommandNode): string {
  return `    '${path}') echo '${commands.map(({ name }) => name).join(' ')}' ;;`
}

function optionsCase({ path, options }: CommandNode): string {
  return `    '${path}') echo '${options.map(({ name }) => name).join(' ')}' ;;`
}

function valueCases({ path, options }: CommandNode): string[] {
  return options
    .filter(({ takesValue }) => takesValue)
    .map(({ name, values, takesFile }) => {
      const what = values.length > 0 ? values.join(' ') : takesFile ? '@file' : '@any'
      return `    '${path} ${name}') echo '${what}' ;;`
    })
}
