/** Runs one command line: finds the command, checks its words, and turns an error into a message and an exit status. */
import { runCommand } from 'citty'
import { getRemedy } from '#platform/error-texts'
import { AppError } from '#platform/errors'
import { redactUrls } from '#platform/redact-urls'
import { type AnyCommand, listSubCommands, resolveValue } from '#cli/command'
import { describeCause, explainFailure } from '#cli/explain-failure'
import { EXIT_STATUS, toExitStatus, Verdict } from '#cli/exit-status'
import { checkWords, UTC_OPTION } from '#cli/options'
import { suggest } from '#cli/suggest'
import { showTimesIn } from '#cli/time-text'
import { formatUsage, formatVersion } from '#cli/usage'

interface Terminal {
  out: (text: string) => void
  err: (text: string) => void
}

/** Returns the exit status. A user's mistake never shows a stack trace. */
export async function runCli(root: AnyCommand, argv: string[], { out, err }: Terminal): Promise<number> {
  let command = 'hunter'
  try {
    const [first, ...others] = argv
    if (first === '--version' || first === '-v') {
      out(await formatVersion(root))
      return EXIT_STATUS.done
    }
    const isHelp = first === 'help'
    const { path, found, rest, description } = await resolveCommand(root, isHelp ? others : argv)
    command = path.join(' ')
    const needsCommand = found.subCommands !== undefined && (isHelp || !found.run)
    const [word] = rest.filter((each) => each !== UTC_OPTION)
    if (needsCommand && word !== undefined && !word.startsWith('-')) throw await noCommand(found, path, word)
    if (isHelp || asksForHelp(rest)) {
      out(await formatUsage(found, path, description))
      return EXIT_STATUS.done
    }
    const given = await checkWords(found, rest)
    if (needsCommand) throw new AppError('USAGE', 'no command was given')
    if (given.isUtc) showTimesIn('UTC')
    // the next word names no subcommand
    const { subCommands: _below, ...alone } = found
    await runCommand(alone, { rawArgs: given.rest })
    return Number(process.exitCode ?? EXIT_STATUS.done)
  } catch (thrown) {
    if (thrown instanceof Verdict) return thrown.status
    const error = explainFailure(thrown)
    const remedy =
      error.code === 'USAGE'
        ? `Run "${command} --help" to see its arguments and options.`
        : getRemedy(error.code, 'cli')
    err(argv.includes('--json') ? formatJson(error, remedy) : formatText(error, remedy))
    if (error.code === 'INTERNAL' && process.env.HUNTER_LOG_LEVEL === 'debug')
      err(redactUrls(String((thrown as Error).stack)))
    return toExitStatus(error.kind)
  }
}

interface Resolved {
  path: string[]
  found: AnyCommand
  description: string
  /** The words after the command's name. */
  rest: string[]
}

async function resolveCommand(root: AnyCommand, argv: string[]): Promise<Resolved> {
  const description = (await resolveValue(root.meta))?.description ?? ''
  let resolved: Resolved = { path: ['hunter'], found: root, description, rest: argv }
  for (;;) {
    const [name, ...rest] = resolved.rest
    const next = (await listSubCommands(resolved.found)).find((each) => each.name === name)
    if (!next) return resolved
    resolved = { path: [...resolved.path, next.name], found: await next.load(), description: next.description, rest }
  }
}

async function noCommand(found: AnyCommand, path: string[], word: string): Promise<AppError> {
  const names = (await listSubCommands(found)).map(({ name }) => name)
  const meant = suggest(word, path.length === 1 ? [...names, 'help'] : names)
  const hint = meant === undefined ? '' : `; did you mean "${[...path, meant].join(' ')}"?`
  return new AppError('USAGE', `unknown command ${word}${hint}`)
}

function asksForHelp(words: string[]): boolean {
  const end = words.indexOf('--')
  return (end === -1 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

function formatText(error: AppError, remedy: string): string {
  const cause = describeCause(error)
  const why = cause === undefined ? [] : [`Cause: ${cause}`]
  return redactUrls([`${error.code}: ${error.message}`, ...why, remedy].join('\n'))
}

function formatJson(error: AppError, remedy: string): string {
  const { code, message, details } = error
  return redactUrls(JSON.stringify({ error: { code, message, remedy, cause: describeCause(error), details } }))
}
