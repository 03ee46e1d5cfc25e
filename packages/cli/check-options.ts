import type * as z from 'zod/mini'
import { validateInput } from '#api/http/validate'
import { AppError } from '#platform/errors'

/**
 * Runs the API's checks and names the options in the messages: its field `score_min` is `--score-min`.
 * @throws AppError USAGE
 */
export function checkOptions<T extends z.ZodMiniType>(schema: T, options: Record<string, unknown>): z.output<T> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  try {
    return validateInput(schema, Object.fromEntries(given))
  } catch (thrown) {
    const fields = thrown instanceof AppError ? thrown.details?.['fields'] : undefined
    if (!fields) throw thrown
    const messages = (fields as { field: string; message: string }[]).map(
      ({ field, message }) => `--${nameOption(field)} ${message}`,
    )
    throw new AppError('USAGE', messages.join('; '))
  }
}

/** `score_min` becomes `--score-min`; the third item of a list is still `--scopes`. */
function nameOption(field: string): string {
  return OPTION_NAMES[field] ?? field.replace(/\..*/, '').replace('_', '-')
}

/** Options with another name than the field. */
const OPTION_NAMES: Record<string, string> = {
  language: 'lang',
  limit_per_minute: 'limit',
  expires_at: 'expires',
  keyid: 'key',
  every_days: 'every',
}
