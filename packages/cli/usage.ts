/** Writes the help of a command, as wide as the terminal. */
import { type ArgDef } from 'citty'
import { type AnyCommand, getExamples, listArgs, listSubCommands, resolveValue } from '#cli/command'
import { EXIT_STATUS_MEANING } from '#cli/exit-status'
import { paint, getTerminalColumns } from '#cli/terminal'
import { measureWidth, wrapText } from '#cli/text-width'

type Row = [term: string, text: string]

const EVERY_COMMAND: Row[] = [
  ['-h, --help', 'Show help with examples; "hunter help COMMAND" does the same'],
  ['--utc', "Show times in UTC instead of this machine's time zone (TZ)"],
]

const VERSION_ROW: Row = ['-v, --version', 'Print the version']

export async function formatUsage(found: AnyCommand, path: string[], description: string): Promise<string> {
  const args = await listArgs(found)
  const commands = await listSubCommands(found)
  const isRoot = path.length === 1
  const words = args.filter(([, { type }]) => type === 'positional')
  const options = args.filter(([, { type }]) => type !== 'positional')
  const usage = [
    path.join(' '),
    ...(options.length > 0 ? ['[OPTIONS]'] : []),
    ...words.map(([name, arg]) => (isRequired(arg) ? `<${name.toUpperCase()}>` : `[${name.toUpperCase()}]`)),
    ...options.filter(([, arg]) => isRequired(arg)).map(([name, arg]) => `--${name}${buildHint(name, arg)}`),
    ...(commands.length > 0 ? ['<COMMAND>'] : []),
  ]
  const examples = getExamples(found).map((line) => `  ${line}`)
  const statuses = isRoot ? Object.entries(EXIT_STATUS_MEANING) : []
  const parts = [
    paragraph(description),
    `${title('USAGE')}  ${usage.join(' ')}`,
    section(
      'ARGUMENTS',
      words.map(([name, arg]): Row => [name.toUpperCase(), describeOption(arg)]),
    ),
    section(
      'COMMANDS',
      commands.map(({ name, description }): Row => [name, description]),
    ),
    section('OPTIONS', options.flatMap(optionRows)),
    isRoot ? section('OPTIONS OF EVERY COMMAND', EVERY_COMMAND) : '',
    isRoot ? section('OPTIONS OF HUNTER ITSELF', [VERSION_ROW]) : '',
    examples.length > 0 ? `${title('EXAMPLES')}\n\n${examples.join('\n')}` : '',
    section('EXIT STATUS', statuses),
    commands.length > 0 ? paragraph(`"${path.join(' ')} COMMAND --help" shows the options of a command.`) : '',
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

export async function formatVersion(root: AnyCommand): Promise<string> {
  return `hunter ${(await resolveValue(root.meta))?.version ?? ''}`.trimEnd()
}

function optionRows([name, arg]: [string, ArgDef]): Row[] {
  const rows: Row[] = [[`${[...listAliases(arg), `--${name}`].join(', ')}${buildHint(name, arg)}`, describeOption(arg)]]
  if (arg.type !== 'boolean') return rows
  const negative: Row = [`--no-${name}`, arg.negativeDescription ?? '']
  if (arg.default === true) return [negative, ...(arg.description === undefined ? [] : rows)]
  return arg.negativeDescription === undefined ? rows : [...rows, negative]
}

function listAliases(arg: ArgDef): string[] {
  const aliases = 'alias' in arg ? [arg.alias ?? []].flat() : []
  return aliases.map((alias) => (alias.length === 1 ? `-${alias}` : `--${alias}`))
}

function buildHint(name: string, arg: ArgDef): string {
  if (arg.type === 'boolean' || arg.type === 'positional') return ''
  const options = 'options' in arg ? arg.options : undefined
  return `=<${arg.valueHint ?? options?.join('|') ?? name}>`
}

function describeOption(arg: ArgDef): string {
  const notes = [
    ...(isRequired(arg) && arg.type !== 'positional' ? ['required'] : []),
    ...(arg.default === undefined || arg.type === 'boolean' ? [] : [`default: ${arg.default}`]),
  ]
  return [arg.description ?? '', notes.length === 0 ? '' : paint('dim', `(${notes.join(', ')})`)].join(' ').trim()
}

function isRequired(arg: ArgDef): boolean {
  if (arg.default !== undefined) return false
  return arg.type === 'positional' ? arg.required !== false : arg.required === true
}

function title(text: string): string {
  return paint('bold', text)
}

/** A longer term gets a line of its own. */
const TERM_COLUMNS_MAX = 30
const INDENT = '  '

function section(name: string, rows: Row[]): string {
  if (rows.length === 0) return ''
  const longest = Math.max(...rows.map(([term]) => measureWidth(term)))
  const width = Math.min(TERM_COLUMNS_MAX, longest)
  const start = INDENT.length + width + INDENT.length
  const lines = rows.flatMap(([term, text]) => {
    const texts = wrapText(text, (getTerminalColumns() ?? Infinity) - start)
    const isLong = measureWidth(term) > width
    const first = isLong
      ? []
      : [`${INDENT}${paint('cyan', term)}${' '.repeat(width - measureWidth(term))}${INDENT}${texts.shift() ?? ''}`]
    return [...(isLong ? [INDENT + paint('cyan', term)] : first), ...texts.map((line) => ' '.repeat(start) + line)]
  })
  return `${title(name)}\n\n${lines.map((line) => line.trimEnd()).join('\n')}`
}

function paragraph(text: string): string {
  return wrapText(text, getTerminalColumns() ?? Infinity).join('\n')
}
