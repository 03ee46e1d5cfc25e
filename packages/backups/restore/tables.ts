import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import { checkMembers } from '#backups/dump/check'
import { countReads } from '#backups/dump/counting-reads'
import { addFingerprints, createFingerprint } from '#backups/dump/fingerprint'
import { explainTargetLocks } from '#backups/postgres/lock-room'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { readMember } from '#backups/dump/read-member'
import { refuseReadOnly } from '#backups/restore/refuse-read-only'
import { explainDamage, readRestorable } from '#backups/restore/restorable'
import { mapRestoreFailure, type RestoreDeps } from '#backups/restore/replace-live'
import { reportProgress } from '#backups/restore/progress'
import type { RestoreTarget } from '#backups/restore/target'
import { getDatabaseName } from '#backups/postgres/session'
import { describeServerError } from '#backups/postgres/server-error'
import { quoteQualifiedName, quoteName } from '#backups/postgres/quote'
import {
  describeCopies,
  planCopies,
  type RestoredTable,
  type RestoreTablesInput,
  listSchemas,
  type TableCopy,
} from '#backups/restore/table-copies'

export interface RestoreTablesReport {
  id: BackupId
  tables: RestoredTable[]
  rows: number
  /** Schemas created for the restored tables; none when the user chose the name. */
  madeSchemas: string[]
  /** Number of ranged GETs: one for each member. */
  reads: number
  fetchedBytes: number
  objectBytes: number
  totalMs: number
}

/**
 * Restores rows of some tables as new tables beside the live ones, which it does not touch: a person decides what to
 * copy over. A new table has the columns and types, but no constraint, index or trigger. It creates all tables with all
 * rows, compared, or none. @throws AppError TABLE_NOT_FOUND, USAGE, RESTORE_TARGET_IN_USE when a new name is taken,
 * BACKUP_UNSUPPORTED for a backup without column types, otherwise the errors of `restoreBackup`
 */
export async function restoreTables(
  { store, clock, onProgress }: RestoreDeps,
  input: RestoreTablesInput,
): Promise<RestoreTablesReport> {
  const startedAt = clock.now().getTime()
  const reads = countReads(store)
  const counted = { ...store, ...reads.store }
  const manifest = await readRestorable(counted, input, 'table')
  const copies = planCopies(manifest, input)
  const members = copies.flatMap((copy) => copy.members)
  const target = await openPostgresTarget(input.databaseUrl)
  try {
    await refuseReadOnly(target.query, getDatabaseName(input.databaseUrl))
    const watched = reportProgress(target, { ...manifest, members }, onProgress)
    const fillAll = async () => {
      await target.execute('BEGIN')
      await createSchemas(target, copies)
      await eachNamed(copies, async (copy) => {
        await createTable(target, copy)
        for (const member of copy.members) await watched.copyIn(copy.into, readMember(counted, manifest, member))
      })
      await eachNamed(copies, (copy) => requireSameRows(watched, copy))
      await target.execute('COMMIT')
    }
    const checkBytes = () => checkMembers(counted, { ...manifest, members })
    await mapRestoreFailure(() => explainDamage(fillAll, checkBytes))
  } finally {
    await target.close() // Rolls back uncommitted work.
  }
  return {
    id: input.id,
    ...describeCopies(copies),
    madeSchemas: input.as === undefined ? listSchemas(copies) : [],
    reads: reads.count(),
    fetchedBytes: reads.bytes(),
    objectBytes: manifest.object.gzipBytes,
    totalMs: clock.now().getTime() - startedAt,
  }
}

async function createSchemas(target: RestoreTarget, copies: TableCopy[]): Promise<void> {
  const found = await target.query<{ nspname: string }>('SELECT nspname FROM pg_catalog.pg_namespace')
  const there = new Set(found.map(({ nspname }) => nspname))
  for (const schema of listSchemas(copies).filter((name) => !there.has(name))) {
    await target.execute(`CREATE SCHEMA ${quoteName(schema)}`).catch(explainTaken(`a schema ${quoteName(schema)}`))
  }
}

/** Adds the table's name to a failure of the server. */
async function eachNamed(copies: TableCopy[], work: (copy: TableCopy) => Promise<void>): Promise<void> {
  for (const copy of copies) {
    try {
      await work(copy)
    } catch (failure) {
      const cause = explainTargetLocks(copies, failure)
      if (cause instanceof AppError) throw cause
      throw new AppError('RESTORE_FAILED', `${copy.name} was not restored: ${describeServerError(cause)}`, { cause })
    }
  }
}

async function createTable(target: RestoreTarget, { types = [], into }: TableCopy): Promise<void> {
  const name = quoteQualifiedName(into.schema, into.table)
  const list = into.columns.map((column, at) => `${quoteName(column)} ${types[at]}`)
  await target.execute(`CREATE TABLE ${name} (${list.join(', ')})`).catch(explainTaken(`a table ${name}`))
}

function explainTaken(what: string): (cause: unknown) => never {
  return (cause) => {
    if (!TAKEN.includes((cause as { code?: string }).code ?? '')) throw cause
    throw new AppError('RESTORE_TARGET_IN_USE', `${what} already exists`, { cause })
  }
}

/** duplicate_table, duplicate_schema, and the catalog's unique_violation when another restore has just created it. */
const TAKEN = ['42P07', '42P06', '23505']

async function requireSameRows(target: RestoreTarget, { name, members, into }: TableCopy): Promise<void> {
  const expected = addFingerprints(members)
  const read = createFingerprint()
  await target.copyOut(into, (chunk) => read.update(chunk))
  const found = read.result()
  if (found.rows === expected.rows && found.fingerprint === expected.fingerprint) return
  throw new AppError('RESTORE_FAILED', `the rows of the copy differ from those of ${name}`)
}
