import { type CommandNode, type OptionNode, walkTree } from '#cli/completion/tree'

export function writeZshScript(root: CommandNode): string {
  return `#compdef hunter
# Completes hunter in zsh: source <(hunter completion zsh)
${walkTree(root).map(writeFunction).join('\n')}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef ${nameFunction(root.path)} hunter
`
}

/** Writes a function per command: its options, then the command below it or its words. */
function writeFunction({ path, commands, options, takesFile }: CommandNode): string {
  const specs = options.map(writeSpec)
  if (commands.length === 0) {
    const words = takesFile ? ["'*:file:_files'"] : []
    return `${nameFunction(path)}() {\n  _arguments -S${[...specs, ...words].map((spec) => ` \\\n    ${spec}`).join('')}\n}\n`
  }
  const described = commands.map(({ name, description }) => `      ${quote(`${colonless(name)}:${description}`)}`)
  const cases = commands.map(({ name, path: below }) => {
    // help completes the commands themselves
    return `        ${name}) ${nameFunction(path === 'hunter' && name === 'help' ? path : below)} ;;`
  })
  return `${nameFunction(path)}() {
  local curcontext=$curcontext state line
  local -a commands
  _arguments -C -S${specs.map((spec) => ` \\\n    ${spec}`).join('')} \\
    '1: :->command' '*:: :->words'
  case $state in
    command)
      commands=(
${described.join('\n')}
      )
      _describe command commands ;;
    words)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}
`
}

function writeSpec({ name, description, takesValue, values, takesFile }: OptionNode): string {
  const text = `[${description.replaceAll(/[[\]\\:]/g, String.raw`\$&`)}]`
  if (!takesValue) return quote(`${name}${text}`)
  const action = values.length > 0 ? `(${values.join(' ')})` : takesFile ? '_files' : ' '
  const equals = name.startsWith('--') ? '=' : ''
  return quote(`*${name}${equals}${text}:${name.replace(/^-+/, '')}:${action}`)
}

function colonless(name: string): string {
  return name.replaceAll(':', String.raw`\:`)
}

function nameFunction(path: string): string {
  return `_${path.replaceAll(/[^a-z]/g, '_')}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
