/** Reads the tree of commands as plain data. */
import type { ArgDef } from 'citty'
import { type AnyCommand, listArgs, listSubCommands } from '#cli/command'
import { UTC_OPTION } from '#cli/options'

export interface CommandNode {
  /** `hunter backup run` */
  path: string
  name: string
  description: string
  commands: CommandNode[]
  options: OptionNode[]
  /** True when a word that belongs to no option may be a file. */
  takesFile: boolean
}

export interface OptionNode {
  /** `--limit`, or `-n`. */
  name: string
  description: string
  takesValue: boolean
  /** Every value that it takes, when they are fixed. */
  values: string[]
  takesFile: boolean
}

export async function readTree(root: AnyCommand): Promise<CommandNode> {
  const tree = await readNode(root, { path: 'hunter', name: 'hunter', description: '' })
  const version = { ...switchNode('--version'), description: 'Print the version' }
  const help = {
    ...tree,
    path: 'hunter help',
    name: 'help',
    description: 'Show what a command takes',
    commands: [],
    options: [],
  }
  return { ...tree, commands: [...tree.commands, help], options: [...tree.options, version] }
}

async function readNode(
  command: AnyCommand,
  named: Pick<CommandNode, 'path' | 'name' | 'description'>,
): Promise<CommandNode> {
  const args = await listArgs(command)
  const below = await listSubCommands(command)
  const commands = await Promise.all(
    below.map(async ({ name, description, load }) =>
      readNode(await load(), { path: `${named.path} ${name}`, name, description }),
    ),
  )
  return {
    ...named,
    commands,
    options: [...args.flatMap(optionNodes), ...EVERY_COMMAND_TAKES],
    takesFile: args.some(([, arg]) => arg.type === 'positional' && isPath(arg)),
  }
}

const EVERY_COMMAND_TAKES: OptionNode[] = [
  { ...switchNode('--help'), description: 'Show what it takes' },
  { ...switchNode(UTC_OPTION), description: 'Show times in UTC' },
]

function optionNodes([name, arg]: [string, ArgDef]): OptionNode[] {
  if (arg.type === 'positional') return []
  const description = arg.description ?? ''
  if (arg.type === 'boolean') {
    const positive = arg.default === true ? [] : [{ ...switchNode(`--${name}`), description }]
    if (arg.default !== true && arg.negativeDescription === undefined) return positive
    return [...positive, { ...switchNode(`--no-${name}`), description: arg.negativeDescription ?? '' }]
  }
  const values = 'options' in arg ? (arg.options ?? []) : []
  const aliases = ('alias' in arg ? [arg.alias ?? []].flat() : []).map((alias) =>
    alias.length === 1 ? `-${alias}` : `--${alias}`,
  )
  return [`--${name}`, ...aliases].map((each) => ({
    name: each,
    description,
    takesValue: true,
    values,
    takesFile: isPath(arg),
  }))
}

function switchNode(name: string): OptionNode {
  return { name, description: '', takesValue: false, values: [], takesFile: false }
}

function isPath({ valueHint = '' }: ArgDef): boolean {
  return /\b(?:FILE|DIR|PATH)\b/.test(valueHint)
}

/** Returns the node and all nodes below it. */
export function walkTree(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(walkTree)]
}
