import { stripVTControlCharacters } from 'node:util'
import { type CommandDef, renderUsage, runCommand } from 'citty'
import { AppError } from '#platform/errors'
import { examplesOf, takesManyWords } from '#cli/command'
import { causeText, explainFailure } from '#cli/explain-failure'
import { EXIT_STATUS, EXIT_STATUS_MEANING, exitStatusOf, Verdict } from '#cli/exit-status'
import { redactUrls } from '#platform/redact-urls'

type AnyCommand = CommandDef

interface Terminal {
  out: (text: string) => void
  err: (text: string) => void
}

/** Runs one command line; answers the exit status. Nothing that the user did shows a stack trace. */
export async function runCli(root: AnyCommand, argv: string[], { out, err }: Terminal): Promise<number> {
  let command = 'hunter'
  try {
    const { path, found, rest } = await resolveCommand(root, argv)
    command = path.join(' ')
    if (asksForHelp(argv)) {
      out(await helpOf(found, path))
      return EXIT_STATUS.done
    }
    if (found.subCommands && !found.run) throw new AppError('USAGE', missingCommand(rest))
    await refuseUnknownOptions(found, rest)
    // what follows was no name of a command below it
    const { subCommands: _below, ...alone } = found
    await runCommand(alone, { rawArgs: rest })
    return Number(process.exitCode ?? EXIT_STATUS.done)
  } catch (thrown) {
    if (thrown instanceof Verdict) return thrown.status
    const error = explainFailure(thrown)
    const remedy = error.code === 'USAGE' ? `Run "${command} --help" to see what it takes.` : error.remedyFor('cli')
    err(argv.includes('--json') ? jsonOf(error, remedy) : textOf(error, remedy))
    if (error.code === 'INTERNAL' && process.env.HUNTER_LOG_LEVEL === 'debug')
      err(redactUrls(String((thrown as Error).stack)))
    return exitStatusOf(error.kind)
  }
}

interface Resolved {
  path: string[]
  found: AnyCommand
  /** What follows the command's own name. */
  rest: string[]
}

async function resolveCommand(root: AnyCommand, argv: string[]): Promise<Resolved> {
  let resolved: Resolved = { path: ['hunter'], found: root, rest: argv }
  for (;;) {
    const commands = (await valueOf(resolved.found.subCommands)) ?? {}
    const [name, ...rest] = resolved.rest
    const next = name !== undefined && Object.hasOwn(commands, name) ? await valueOf(commands[name]) : undefined
    if (name === undefined || !next) return resolved
    resolved = { path: [...resolved.path, name], found: next, rest }
  }
}

function missingCommand([name]: string[]): string {
  return name === undefined || name.startsWith('-') ? 'no command was given' : `there is no command ${name}`
}

/** A mistyped option, or a word too many, that is ignored does something else than was asked for. */
async function refuseUnknownOptions(found: AnyCommand, rest: string[]): Promise<void> {
  const takesValue = await optionsOf(found)
  let wordsLeft = await wordsMax(found)
  const end = rest.indexOf('--')
  const words = end === -1 ? rest : rest.slice(0, end)
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const [, name, value] = /^--?([^=\d][^=]*)(=.*)?/.exec(word) ?? []
    if (name === undefined) {
      wordsLeft -= 1
      if (wordsLeft < 0) throw new AppError('USAGE', `there is one word too many: ${word}`)
      continue
    }
    if (!takesValue.has(name)) throw new AppError('USAGE', `there is no option ${word}`)
    if (takesValue.get(name) && value === undefined) at += 1 // the next word is the value, whatever it looks like
  }
}

/** How many words the command takes that belong to no option. */
async function wordsMax(found: AnyCommand): Promise<number> {
  if (takesManyWords(found)) return Infinity
  return Object.values((await valueOf(found.args)) ?? {}).filter(({ type }) => type === 'positional').length
}

/** Every name that the command takes as an option, and whether a value follows it. */
async function optionsOf(found: AnyCommand): Promise<Map<string, boolean>> {
  const takesValue = new Map<string, boolean>()
  for (const [name, arg] of Object.entries((await valueOf(found.args)) ?? {})) {
    if (arg.type === 'positional') continue
    const aliases = 'alias' in arg ? [arg.alias ?? []].flat() : []
    for (const each of [name, `no-${name}`, ...aliases]) takesValue.set(each, arg.type !== 'boolean')
  }
  return takesValue
}

function asksForHelp(argv: string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

/** citty takes every alias for one letter and shows it with one dash, after a space or the end of a colour. */
const LONG_ALIAS = /(?<=[ m])-(?=[a-z]{2,}, --)/g

async function helpOf(found: AnyCommand, path: string[]): Promise<string> {
  const meta = await valueOf(found.meta)
  const rendered = await renderUsage({ ...found, meta: { ...meta, name: path.join(' ') } })
  const usage = rendered.replaceAll(LONG_ALIAS, '--')
  const examples = examplesOf(found)
  const parts = [(process.stdout.isTTY ? usage : stripVTControlCharacters(usage)).trimEnd()]
  if (examples.length > 0) parts.push(['EXAMPLES', '', ...examples.map((line) => `  ${line}`)].join('\n'))
  if (path.length === 1) {
    const rows = Object.entries(EXIT_STATUS_MEANING).map(([status, meaning]) => `  ${status}  ${meaning}`)
    parts.push(['EXIT STATUS', '', ...rows].join('\n'))
  }
  return parts.join('\n\n')
}

function textOf(error: AppError, remedy: string): string {
  const cause = causeText(error)
  const why = cause === undefined ? [] : [`Cause: ${cause}`]
  return redactUrls([`${error.code}: ${error.message}`, ...why, remedy].join('\n'))
}

function jsonOf(error: AppError, remedy: string): string {
  const { code, message, details } = error
  return redactUrls(JSON.stringify({ error: { code, message, remedy, cause: causeText(error), details } }))
}

async function valueOf<T>(value: T | Promise<T> | (() => T) | (() => Promise<T>) | undefined): Promise<T | undefined> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value
}
