/**
 * Checks the words after a command before they are parsed: the parser ignores what it does not know, and would do
 * something else than the user asked for.
 */
import { AppError } from '#platform/errors'
import { type AnyCommand, listArgs, takesManyWords } from '#cli/command'
import { suggest } from '#cli/suggest'

/** Every command takes it, so no command declares it. */
export const UTC_OPTION = '--utc'

interface Given {
  /** The words without the options that every command takes. */
  rest: string[]
  isUtc: boolean
}

/** @throws AppError USAGE for an unknown option, an option without its value, or an extra word */
export async function checkWords(found: AnyCommand, rest: string[]): Promise<Given> {
  const options = await listOptions(found)
  let wordsLeft = await wordsMax(found)
  const end = rest.indexOf('--')
  const words = end === -1 ? rest : rest.slice(0, end)
  const kept: string[] = []
  let isUtc = false
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === UTC_OPTION) {
      isUtc = true
      continue
    }
    kept.push(word)
    const [, name, value] = /^--?([^=\d][^=]*)(=.*)?/.exec(word) ?? []
    if (name === undefined) {
      wordsLeft -= 1
      if (wordsLeft < 0) throw new AppError('USAGE', `unexpected word: ${word}`)
      continue
    }
    const takesValue = options.get(name)
    if (takesValue === undefined) throw new AppError('USAGE', `unknown option ${word}${meantOption(name, options)}`)
    if (!takesValue || value !== undefined) continue
    at += 1 // the next word is the value, whatever it looks like
    const next = words[at]
    if (next === undefined) throw new AppError('USAGE', `${word} needs a value`)
    kept.push(next)
  }
  return { rest: [...kept, ...rest.slice(words.length)], isUtc }
}

function meantOption(name: string, options: Map<string, boolean>): string {
  const names = [...options.keys(), UTC_OPTION.slice(2), 'help'].filter((each) => each.length > 1)
  const meant = suggest(name, names) ?? suggest(name.replace(/^no-/, ''), names)
  return meant === undefined ? '' : `; did you mean --${meant}?`
}

/** Counts the words that the command takes besides its options. */
async function wordsMax(found: AnyCommand): Promise<number> {
  if (takesManyWords(found)) return Infinity
  return (await listArgs(found)).filter(([, { type }]) => type === 'positional').length
}

/** Maps every option of the command to whether a value follows it. */
async function listOptions(found: AnyCommand): Promise<Map<string, boolean>> {
  const takesValue = new Map<string, boolean>()
  for (const [name, arg] of await listArgs(found)) {
    if (arg.type === 'positional') continue
    const isSwitch = arg.type === 'boolean'
    const aliases = 'alias' in arg ? [arg.alias ?? []].flat() : []
    for (const each of [name, ...aliases, ...(isSwitch ? [`no-${name}`] : [])]) takesValue.set(each, !isSwitch)
  }
  return takesValue
}
