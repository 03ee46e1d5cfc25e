import { type ArgsDef, type CommandDef, defineCommand } from 'citty'

const EXAMPLES = new WeakMap<object, string[]>()

/** A command with examples, which `--help` prints below its options. */
export function command<const T extends ArgsDef>(definition: CommandDef<T>, examples: string[]): CommandDef<T> {
  const defined = defineCommand(definition)
  EXAMPLES.set(defined, examples)
  return defined
}

export function examplesOf(definition: object): string[] {
  return EXAMPLES.get(definition) ?? []
}
