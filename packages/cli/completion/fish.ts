import { type CommandNode, type OptionNode, walkTree } from '#cli/completion/tree'

export function writeFishScript(root: CommandNode): string {
  const nodes = walkTree(root)
  return `# Completes hunter in fish: hunter completion fish | source
function __hunter_path
    set -l path hunter
    for word in (commandline -opc)[2..]
        contains -- "$path $word" ${nodes
          .slice(1)
          .map(({ path }) => quote(path))
          .join(' ')}
        and test "$path $word" != 'hunter help'
        and set path "$path $word"
    end
    echo $path
end

function __hunter_at
    test (__hunter_path) = "$argv"
end

complete -c hunter -f
${nodes.flatMap(writeLines).join('\n')}
`
}

function writeLines({ path, commands, options, takesFile }: CommandNode): string[] {
  const at = `complete -c hunter -n ${quote(`__hunter_at ${path}`)}`
  return [
    ...commands.map(({ name, description }) => `${at} -a ${quote(name)} -d ${quote(description)}`),
    ...options.map((option) => `${at}${optionText(option)}`),
    ...(takesFile ? [`${at} -F`] : []),
  ]
}

function optionText({ name, description, takesValue, values, takesFile }: OptionNode): string {
  const kind = name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`
  const value = !takesValue
    ? ''
    : values.length > 0
      ? ` -x -a ${quote(values.join(' '))}`
      : takesFile
        ? ' -r -F'
        : ' -x'
  return `${kind}${value}${description === '' ? '' : ` -d ${quote(description)}`}`
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}
