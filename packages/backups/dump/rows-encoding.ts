/**
 * Chooses the encoding of rows. COPY writes UTF-8 where UTF-8 can represent every character. SQL_ASCII allows any
 * bytes, and some encodings have characters that UTF-8 lacks: such rows keep the source's encoding and their bytes pass
 * unchanged. Each COPY names its encoding.
 */
import { AppError, getErrorMessage } from '#platform/errors'
import { getErrorCode } from '#backups/postgres/connection-failure'
import type { SourceDatabase } from '#backups/dump/source'
import type { SourceTable } from '#backups/dump/tables'
import type { CopyTable } from '#backups/postgres/quote'

const ANY_BYTES = 'SQL_ASCII'

/** @param isOwn true: rows stay in the source's encoding */
export function encodeRows(tables: SourceTable[], { encoding }: SourceDatabase, isOwn: boolean): SourceTable[] {
  return isOwn || encoding === ANY_BYTES ? tables.map((table) => ({ ...table, encoding })) : tables
}

/** Repeats the dump with rows in the source's encoding when a row has no equivalent in UTF-8. */
export async function retryInOwnEncoding<T>(
  onRetry: ((reason: string) => void) | undefined,
  work: (isOwn: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await work(false)
  } catch (error) {
    if (!hasNoEquivalent(error)) throw error
    onRetry?.(`${getErrorMessage(error)}, so the rows stay in the encoding of the database`)
    return work(true)
  }
}

const UNTRANSLATABLE = '22P05'

/** A failed COPY of a table carries the server's error as its cause. */
function hasNoEquivalent(error: unknown): boolean {
  return error instanceof Error && getErrorCode(error.cause) === UNTRANSLATABLE
}

/**
 * Only an SQL_ASCII database may take any bytes. Postgres would load SQL_ASCII rows unchecked into other databases too;
 * load them as UTF-8 there, so that Postgres rejects invalid bytes.
 */
export function fitRows<Table extends CopyTable>(table: Table, serverEncoding: string): Table {
  const isUnchecked = table.encoding === ANY_BYTES && serverEncoding !== ANY_BYTES
  return isUnchecked ? { ...table, encoding: undefined } : table
}

/**
 * Names an encoding that PGlite cannot read: it lacks the server's conversions. @returns undefined when it can read the
 * rows
 */
export function findUnreadableEncoding(members: { encoding?: string | undefined }[]): string | undefined {
  return members.find(({ encoding }) => encoding !== undefined && encoding !== ANY_BYTES)?.encoding
}

/** The server's message holds the encoding's name and the bytes in every language. */
const NO_UTF8 = /(?=.*\bUTF8\b).*\b0x[0-9a-f]{2}\b/

/**
 * pg_dump reads names and definitions as UTF-8: an object with other bytes cannot be dumped, and the server's message
 * says so.
 */
export function toUnreadableDefinition(error: unknown): AppError | undefined {
  const words = getErrorMessage(error)
  if (!NO_UTF8.test(words)) return undefined
  const what =
    'a name, a comment or a definition in the database contains bytes that are not UTF-8, which Hunter supports only in rows'
  return new AppError('BACKUP_UNSUPPORTED', `${what}: rename or redefine that object (${words})`, { cause: error })
}
