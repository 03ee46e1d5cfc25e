import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/backup-id'
import { checkMembers } from '#backups/check-dump'
import { addFingerprints, createFingerprint } from '#backups/fingerprint'
import { type Manifest, type TableMember, tableMembers } from '#backups/manifest'
import { countingReads } from '#backups/counting-reads'
import { openPostgresTarget } from '#backups/postgres-target'
import { readMember } from '#backups/read-member'
import { namingDamage, readRestorable } from '#backups/restorable'
import { orRestoreFailed, type RestoreDeps, type RestoreInput } from '#backups/restore'
import type { RestoreTarget } from '#backups/restore-target'
import { type CopyTable, qualifiedName, quoteName } from '#backups/sql-names'

export interface RestoreTableInput extends RestoreInput {
  /** `schema.table`; without a schema, that of `public`. */
  table: string
  /** Name of the new table, in the same form; without it, the same name in the schema `restored_<id>`. */
  as?: string | undefined
}

export interface RestoreTableReport {
  id: BackupId
  table: string
  /** Where its rows are now. */
  into: string
  /** The schema that is there for restored tables alone; absent where the name was chosen. */
  madeSchema?: string
  rows: number
  /** Ranged GETs: one for each member. */
  reads: number
  fetchedBytes: number
  objectBytes: number
  totalMs: number
}

interface TableName {
  schema: string
  table: string
}

/**
 * Brings one table's rows back as a new table beside the live ones, and touches none of those: what of it to copy over
 * is for a person to decide. The new table has the columns and types, and no constraint, index or trigger. It is there
 * with all its rows, compared, or not at all.
 * @throws AppError TABLE_NOT_FOUND, RESTORE_TARGET_IN_USE when the new name is taken, BACKUP_UNSUPPORTED for a backup
 *   that has no types, else as `restoreBackup`
 */
export async function restoreTable(
  { store, clock }: RestoreDeps,
  input: RestoreTableInput,
): Promise<RestoreTableReport> {
  const startedAt = clock.now().getTime()
  const reads = countingReads(store)
  const counted = { ...store, ...reads.store }
  const manifest = await readRestorable(counted, input, 'table')
  const members = membersOf(manifest, input.table)
  const into = input.as === undefined ? besideName(members[0], input.id) : nameOf(input.as)
  const target = await openPostgresTarget(input.databaseUrl)
  try {
    const fill = async () => {
      await target.execute('BEGIN')
      await createTable(target, members[0], into)
      const { columns, encoding } = members[0]
      const copy = { ...into, columns, encoding }
      for (const member of members) await target.copyIn(copy, readMember(counted, manifest, member))
      const compared = await requireSameRows(target, copy, members)
      await target.execute('COMMIT')
      return compared
    }
    const checkBytes = () => checkMembers(counted, { ...manifest, members })
    const { rows } = await orRestoreFailed(() => namingDamage(fill, checkBytes))
    return {
      id: input.id,
      table: members[0].name,
      into: qualifiedName(into.schema, into.table),
      ...(input.as === undefined ? { madeSchema: into.schema } : {}),
      rows,
      reads: reads.count(),
      fetchedBytes: reads.bytes(),
      objectBytes: manifest.object.gzipBytes,
      totalMs: clock.now().getTime() - startedAt,
    }
  } finally {
    await target.close() // rolls back what was not committed
  }
}

function membersOf(manifest: Manifest, name: string): [TableMember, ...TableMember[]] {
  const { schema, table } = nameOf(name)
  const all = tableMembers(manifest)
  const [first, ...others] = all.filter((m) => m.name === name || (m.schema === schema && m.table === table))
  if (first) return [first, ...others]
  const tables = [...new Set(all.map((member) => `${member.schema}.${member.table}`))]
  throw new AppError('TABLE_NOT_FOUND', `backup ${manifest.id} has no table ${name}`, { details: { tables } })
}

/** Up to the first dot: a schema with a dot in its name is asked for by its quoted name. */
function nameOf(text: string): TableName {
  const dot = text.indexOf('.')
  return dot === -1 ? { schema: 'public', table: text } : { schema: text.slice(0, dot), table: text.slice(dot + 1) }
}

function besideName({ table }: TableMember, id: BackupId): TableName {
  return { schema: `restored_${id.toLowerCase().replace('-', '_')}`, table }
}

async function createTable(target: RestoreTarget, { columns, types }: TableMember, into: TableName): Promise<void> {
  if (!types) throw new AppError('BACKUP_UNSUPPORTED', 'this backup is of a version that kept no types: use --to')
  const name = qualifiedName(into.schema, into.table)
  const list = columns.map((column, at) => `${quoteName(column)} ${types[at]}`)
  const schemas = await target.query<{ nspname: string }>('SELECT nspname FROM pg_catalog.pg_namespace')
  if (!schemas.some(({ nspname }) => nspname === into.schema)) {
    await target.execute(`CREATE SCHEMA ${quoteName(into.schema)}`)
  }
  await target.execute(`CREATE TABLE ${name} (${list.join(', ')})`).catch((cause: unknown) => {
    if ((cause as { code?: string }).code !== DUPLICATE_TABLE) throw cause
    throw new AppError('RESTORE_TARGET_IN_USE', `there is a table ${name} already`, { cause })
  })
}

const DUPLICATE_TABLE = '42P07'

async function requireSameRows(target: RestoreTarget, copy: CopyTable, members: TableMember[]) {
  const expected = addFingerprints(members)
  const read = createFingerprint()
  await target.copyOut(copy, (chunk) => read.update(chunk))
  const found = read.result()
  if (found.rows === expected.rows && found.fingerprint === expected.fingerprint) return found
  throw new AppError('RESTORE_FAILED', `the copy has other rows than ${members[0]?.name} had`)
}
