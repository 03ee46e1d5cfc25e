/** Turns whatever ended a command into an `AppError`. Only an error that is not recognised counts as ours. */
import { stripVTControlCharacters } from 'node:util'
import { toDatabaseError, findSqlState } from '#db/failure'
import { AppError, getErrorMessage } from '#platform/errors'
import { explainSystemError } from '#platform/system-error'

const UNDEFINED_TABLE = '42P01'
const INSUFFICIENT_PRIVILEGE = '42501'

export function explainFailure(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof Error && thrown.name === 'CLIError') return new AppError('USAGE', usageText(thrown.message))
  const known = findSqlState(thrown) === undefined ? explainSystemError(thrown) : databaseFailure(thrown)
  if (known) return known
  if (hasCode(thrown, 'ERR_INVALID_URL')) {
    return new AppError('SETTING_INVALID', 'one of the URLs in the settings or options is not valid', { cause: thrown })
  }
  // the error around a failed query repeats its parameters, and those are data
  return new AppError('INTERNAL', getErrorMessage(innermost(thrown)), { cause: thrown })
}

/** Returns the cause, unless the message already says it. */
export function describeCause({ message, cause }: AppError): string | undefined {
  if (!(cause instanceof Error)) return undefined
  const reason = getErrorMessage(innermost(cause)).split('\n', 1)[0] ?? ''
  const isSaid = reason === '' || message.includes(reason) || explainSystemError(cause)?.message === message
  return isSaid ? undefined : reason
}

function databaseFailure(thrown: unknown): AppError | undefined {
  const cause = innermost(thrown)
  const state = findSqlState(thrown)
  if (state === UNDEFINED_TABLE) {
    return new AppError('NOT_READY', `the database is not migrated: ${getErrorMessage(cause)}`, { cause: thrown })
  }
  if (state === INSUFFICIENT_PRIVILEGE) {
    return new AppError('DATABASE_REFUSED', `the database denied access: ${getErrorMessage(cause)}`, { cause: thrown })
  }
  return toDatabaseError(thrown)
}

/** Rewords citty's messages; it colours them even in a pipe. */
function usageText(coloured: string): string {
  const text = stripVTControlCharacters(coloured)
  const missing = /^Missing required (?:positional )?argument: (.*)$/.exec(text)?.[1]
  if (missing !== undefined) return `${missing} is missing`
  const [, option, value = '', options] =
    /^Invalid value for argument: (\S+) \((.*)\)\. Expected one of: (.*)\.$/s.exec(text) ?? []
  return options === undefined ? text : `${option} must be one of ${options}, not ${JSON.stringify(value)}`
}

function hasCode(thrown: unknown, code: string): boolean {
  const error = innermost(thrown)
  return error instanceof Error && 'code' in error && error.code === code
}

function innermost(thrown: unknown): unknown {
  let error = thrown
  for (;;) {
    const next = error instanceof AggregateError ? error.errors[0] : error instanceof Error ? error.cause : undefined
    if (!(next instanceof Error)) return error
    error = next
  }
}
