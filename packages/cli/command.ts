import { type ArgsDef, type CommandDef, defineCommand } from 'citty'

const EXAMPLES = new WeakMap<object, string[]>()

/** A command with examples, which `--help` prints below its options. */
export function command<const T extends ArgsDef>(definition: CommandDef<T>, examples: string[]): CommandDef<T> {
  const defined = defineCommand(definition)
  EXAMPLES.set(defined, examples)
  return defined
}

const MANY_WORDS = new WeakSet<object>()

/** Lets any number of words follow; others refuse a word too many. */
export function withManyWords<T extends object>(definition: T): T {
  MANY_WORDS.add(definition)
  return definition
}

export function takesManyWords(definition: object): boolean {
  return MANY_WORDS.has(definition)
}

export function examplesOf(definition: object): string[] {
  return EXAMPLES.get(definition) ?? []
}
