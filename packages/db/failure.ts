/** Explains failures of the database without the driver, so code that only answers requests need not load it. */
import { AppError } from '#platform/errors'

/** SQLSTATE classes and codes, and socket errors, that mean "cannot be reached or not let in". */
const UNAVAILABLE =
  /^(?:08...|57P0[1-5]|53[0-9A-Z]{3}|28...|3D000|E(?:CONN\w+|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE))$/
const UNAVAILABLE_MESSAGE =
  /timeout exceeded when trying to connect|^timeout expired$|connection terminated|connection timeout|connection error and is not queryable/i

/** SQLSTATE of a statement, a wait for a lock or a transaction that the server ended because it took too long. */
const BUSY = /^(?:57014|55P03|25P0[34])$/

/** SQLSTATE of anything that was thrown, looked for along its causes. */
export function findSqlState(thrown: unknown): string | undefined {
  for (const error of listCauses(thrown)) {
    if ('code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)) return error.code
  }
  return undefined
}

/**
 * The error as it may leave: an `AppError` along the causes, DATABASE_UNAVAILABLE for a lost, refused or timed-out
 * connection, or DATABASE_BUSY for what the server ended. The URL is in neither the message nor the details.
 */
export function toDatabaseError(thrown: unknown): AppError | undefined {
  for (const error of listCauses(thrown)) {
    if (error instanceof AppError) return error
    const code = getCode(error)
    if (UNAVAILABLE.test(code) || UNAVAILABLE_MESSAGE.test(error.message)) {
      return new AppError('DATABASE_UNAVAILABLE', 'the database does not answer', { cause: thrown })
    }
    if (BUSY.test(code)) {
      return new AppError('DATABASE_BUSY', 'the database did not finish in time', { cause: thrown })
    }
  }
  return undefined
}

/** Runs `work`; a database that does not answer becomes an AppError. */
export async function mapDatabaseErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw toDatabaseError(thrown) ?? thrown
  }
}

function getCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The error, its causes, and the members of an AggregateError (a host with several addresses gives one). */
function listCauses(thrown: unknown, depth = 0): Error[] {
  if (!(thrown instanceof Error) || depth > 5) return []
  const inner = thrown instanceof AggregateError ? thrown.errors : []
  return [thrown, ...[thrown.cause, ...inner].flatMap((cause) => listCauses(cause, depth + 1))]
}
