/**
 * What a command has beyond the parser's own definition: examples, extra words, and a description that needs no import.
 */
import { type ArgDef, type ArgsDef, type CommandDef, defineCommand } from 'citty'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the parser's own type of a command with any options
export type AnyCommand = CommandDef<any>

const EXAMPLES = new WeakMap<object, string[]>()

/** Gives a command the examples that `--help` prints below its options. */
export function withExamples<const T extends ArgsDef>(definition: CommandDef<T>, examples: string[]): CommandDef<T> {
  const defined = defineCommand(definition)
  EXAMPLES.set(defined, examples)
  return defined
}

const MANY_WORDS = new WeakSet<object>()

/** Lets any number of words follow; other commands refuse an extra word. */
export function withManyWords<T extends object>(definition: T): T {
  MANY_WORDS.add(definition)
  return definition
}

export function takesManyWords(definition: object): boolean {
  return MANY_WORDS.has(definition)
}

export function getExamples(definition: object): string[] {
  return EXAMPLES.get(definition) ?? []
}

const DESCRIPTIONS = new WeakMap<object, string>()

/** Defers a subcommand. The help above it needs only the description; calling it loads its file. */
export function deferCommand(description: string, load: () => Promise<AnyCommand>): () => Promise<AnyCommand> {
  const entry = () => load()
  DESCRIPTIONS.set(entry, description)
  return entry
}

interface SubCommand {
  name: string
  description: string
  load: () => Promise<AnyCommand>
}

export async function listSubCommands({ subCommands }: AnyCommand): Promise<SubCommand[]> {
  const entries = Object.entries((await resolveValue(subCommands)) ?? {})
  return entries.map(([name, entry]) => ({
    name,
    description: (typeof entry === 'function' ? DESCRIPTIONS.get(entry) : undefined) ?? '',
    load: async () => (await resolveValue(entry)) ?? {},
  }))
}

export async function listArgs({ args }: AnyCommand): Promise<[string, ArgDef][]> {
  return Object.entries((await resolveValue(args)) ?? {})
}

/** citty accepts a value, a promise of it, or a function that returns either. */
export async function resolveValue<T>(
  value: T | Promise<T> | (() => T) | (() => Promise<T>) | undefined,
): Promise<T | undefined> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value
}
