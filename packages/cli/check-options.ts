import type * as z from 'zod/mini'
import { checkInput } from '#api/read-input'
import { AppError } from '#platform/errors'

/**
 * The same checks as the API's, said in the command's words. Names are the API's: `score_min` is `--score-min`.
 * @throws AppError USAGE
 */
export function checkOptions<T extends z.ZodMiniType>(
  schema: T,
  options: Record<string, string | undefined>,
): z.output<T> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  try {
    return checkInput(schema, Object.fromEntries(given))
  } catch (thrown) {
    const fields = thrown instanceof AppError ? thrown.details?.['fields'] : undefined
    if (!fields) throw thrown
    const messages = (fields as { field: string; message: string }[]).map(
      ({ field, message }) => `--${field.replace('_', '-')} ${message}`,
    )
    throw new AppError('USAGE', messages.join('; '))
  }
}
