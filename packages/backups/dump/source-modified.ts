import { AppError, getErrorMessage } from '#platform/errors'

/** The source changed while the dump read it; a retry may succeed. */
export class SourceModified extends AppError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('BACKUP_FAILED', message, options)
  }
}

/**
 * SQLSTATEs of a missing table (42P01), schema (3F000), object (42704) or function (42883), of a deadlock (40P01), and
 * of a conflict with recovery on a standby (40001).
 */
const GONE = /^(?:42P01|3F000|42704|42883|40P01|40001)$/
/** Messages of the server and of pg_dump about a catalog row or file that is gone. pg_dump passes on no SQLSTATE. */
const GONE_WORDS = new RegExp(
  [
    'cache lookup failed',
    'could not open relation with OID',
    'could not find tuple for',
    '(?:relation|schema|function|type) "?.*"? does not exist',
    'tuple concurrently (?:updated|deleted)',
    'deadlock detected',
    'conflict with recovery',
    'may have been concurrently dropped',
    'failed sanity check, parent table',
    'query returned \\d+ rows? instead of one',
    'query to (?:obtain definition of view|get data of sequence) .* returned',
    'definition of view .* appears to be empty',
    'could not find (?:function definition|parent extension) for',
    'with OID \\d+ does not exist',
  ].join('|'),
)

/** Returns undefined for an error that a retry would meet again. */
export function toSourceModified(error: unknown): SourceModified | undefined {
  if (error instanceof SourceModified) return error
  if (error instanceof AppError && error.code !== 'BACKUP_FAILED') return undefined
  const { code = '' } = error as { code?: string }
  if (!GONE.test(code) && !GONE_WORDS.test(getErrorMessage(error))) return undefined
  return new SourceModified(`something was dropped or changed while the dump read it: ${getErrorMessage(error)}`, {
    cause: error,
  })
}

/** Runs `work` up to `tries` times while its source changes during the run. */
export async function retryWhileModified<T>(
  { tries, onRetry }: { tries: number; onRetry?: ((reason: string) => void) | undefined },
  work: () => Promise<T>,
): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await work()
    } catch (error) {
      const changed = toSourceModified(error)
      if (!changed) throw error
      if (left === 1) throw changed
      onRetry?.(changed.message)
    }
  }
}
