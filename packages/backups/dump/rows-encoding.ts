/**
 * COPY writes rows in UTF-8 where that says all. In SQL_ASCII a text is any bytes, and some encodings have characters
 * that UTF-8 lacks: such rows keep the source's encoding, so that their bytes pass unchanged. Each COPY names it.
 */
import { AppError, messageOf } from '#platform/errors'
import { codeOf } from '#backups/postgres/connection-failure'
import type { SourceDatabase } from '#backups/dump/source'
import type { SourceTable } from '#backups/dump/tables'
import type { CopyTable } from '#backups/postgres/quote'

const ANY_BYTES = 'SQL_ASCII'

/** @param isOwn whether the rows stay in the source's encoding, whatever it is */
export function encodeRows(tables: SourceTable[], { encoding }: SourceDatabase, isOwn: boolean): SourceTable[] {
  return isOwn || encoding === ANY_BYTES ? tables.map((table) => ({ ...table, encoding })) : tables
}

/** Dumps once more, with the rows in the source's own encoding, where one of them has no equivalent in UTF-8. */
export async function orInOwnEncoding<T>(
  onRetry: ((reason: string) => void) | undefined,
  work: (isOwn: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await work(false)
  } catch (error) {
    if (!hasNoEquivalent(error)) throw error
    onRetry?.(`${messageOf(error)}, so the rows stay in the encoding of the database`)
    return work(true)
  }
}

const UNTRANSLATABLE = '22P05'

/** The failure of a table's COPY has the server's error as its cause. */
function hasNoEquivalent(error: unknown): boolean {
  return error instanceof Error && codeOf(error.cause) === UNTRANSLATABLE
}

/**
 * Any bytes go into SQL_ASCII alone. Postgres would take them unchecked into every other database as well: there the rows
 * are read as UTF-8, and what is none is refused.
 */
export function fitRows<Table extends CopyTable>(table: Table, serverEncoding: string): Table {
  const isUnchecked = table.encoding === ANY_BYTES && serverEncoding !== ANY_BYTES
  return isUnchecked ? { ...table, encoding: undefined } : table
}

/** PGlite is built without the conversions of a server. @returns undefined when it can read the rows */
export function unreadableEncoding(members: { encoding?: string | undefined }[]): string | undefined {
  return members.find(({ encoding }) => encoding !== undefined && encoding !== ANY_BYTES)?.encoding
}

/** The name of the encoding and the bytes stand in the server's message in every language. */
const NO_UTF8 = /(?=.*\bUTF8\b).*\b0x[0-9a-f]{2}\b/

/** Names and definitions are read as UTF-8: an object with other bytes cannot be dumped, as the server says. */
export function asUnreadableDefinition(error: unknown): AppError | undefined {
  const words = messageOf(error)
  if (!NO_UTF8.test(words)) return undefined
  const what = 'a name, a comment or a definition in the database holds bytes that are not UTF-8, which only rows may'
  return new AppError('BACKUP_UNSUPPORTED', `${what}: rename or redefine that object (${words})`, { cause: error })
}
