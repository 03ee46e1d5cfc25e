/**
 * Backups: a database as one gzipped SQL object that psql restores, its manifest, the proof that it restores, and the
 * way back. Knows no business tables and needs no binary of Postgres.
 */
import type { Clock } from '#platform/clock'
import { AppError, messageOf } from '#platform/errors'
import type { BackupId } from '#backups/backup-id'
import { dumpDdl } from '#backups/ddl'
import { type DdlEntry, readDdl, writeDdl } from '#backups/ddl-entries'
import { frameOf } from '#backups/dump-format'
import { createDumpObject, type DumpObject } from '#backups/dump-object'
import { createFingerprint } from '#backups/fingerprint'
import { type Manifest, MANIFEST_VERSION, type Member, parseManifest, type SqlMemberKind } from '#backups/manifest'
import { keysOf } from '#backups/object-keys'
import type { ObjectStore } from '#backups/object-store'
import { openSource, type Source } from '#backups/source'
import { rolesSql } from '#backups/source-roles'
import { sequencesSql } from '#backups/source-sequences'
import { lockTables, refuseUnsupported, type SourceTable } from '#backups/source-tables'
import { qualifiedName } from '#backups/sql-names'
import { undoOnFailure } from '#backups/undo'

export interface DumpDeps {
  store: ObjectStore
  clock: Clock
}

export interface DumpInput {
  id: BackupId
  /** First part of the backup's keys. */
  source: string
  databaseUrl: string
  toolVersion: string
  migrationRevision?: string | undefined
}

/**
 * Dumps a database to the store, all of it as it was at one moment. Until the manifest is written, last of all, there
 * is no backup.
 * @throws AppError BACKUP_UNSUPPORTED, DATABASE_UNAVAILABLE, STORAGE_UNAVAILABLE, or BACKUP_FAILED with the cause
 */
export async function dumpDatabase(deps: DumpDeps, input: DumpInput): Promise<Manifest> {
  try {
    const manifest = await writeDump(deps, input)
    await deps.store.putJson(keysOf(input.source, input.id).manifest, manifest)
    return manifest
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('BACKUP_FAILED', `the dump did not finish: ${messageOf(cause)}`, { cause })
  }
}

async function writeDump(deps: DumpDeps, input: DumpInput): Promise<Manifest> {
  const { id } = input
  const startedAt = deps.clock.now()
  const key = keysOf(input.source, id).dump
  const source = await openSource(input.databaseUrl)
  try {
    await refuseUnsupported(source.session)
    const tables = await lockTables(source.session)
    const upload = await deps.store.startUpload(key, 'application/gzip')
    const write = async () => {
      const object = createDumpObject({ upload, clock: deps.clock })
      const members = await writeMembers({ id, source, object, databaseUrl: input.databaseUrl }, tables)
      await source.commit()
      const { versionId } = await upload.complete()
      return parseManifest({
        version: MANIFEST_VERSION,
        id,
        source: input.source,
        createdAt: startedAt.toISOString(),
        durationMs: deps.clock.now().getTime() - startedAt.getTime(),
        toolVersion: input.toolVersion,
        database: source.database,
        migrationRevision: input.migrationRevision,
        object: { key, versionId, ...object.totals() },
        fingerprintMethod: 'sha256-lanes32x4-sum',
        members,
      })
    }
    return await undoOnFailure(write, () => upload.abort(), 'its upload')
  } finally {
    await source.close()
  }
}

interface Writing {
  id: BackupId
  source: Source
  object: DumpObject
  databaseUrl: string
}

/** The order in which psql must read them: rows before the constraints that they must satisfy. */
async function writeMembers(writing: Writing, tables: SourceTable[]): Promise<Member[]> {
  const { source, databaseUrl } = writing
  const { session, snapshot } = source
  const ddl = await dumpDdl(databaseUrl, snapshot)
  const before = readDdl(ddl.preData)
  const after = readDdl(ddl.postData)
  const roles = await rolesSql(session)
  const query = async <Row extends object>(sql: string) => (await session.query<Row>(sql)).rows

  const preData = writeDdl({ ...before, preamble: before.preamble + VALUE_SETTINGS + roles })
  const members: Member[] = [await writeSql(writing, 'pre-data', preData)]
  for (const table of tables) members.push(await writeTable(writing, table))
  members.push(await writeSql(writing, 'sequences', await sequencesSql(query)))
  const postData = { ...after, entries: after.entries.filter((entry) => !isRefresh(entry)) }
  members.push(await writeSql(writing, 'post-data', writeDdl(postData)))
  const refresh = { preamble: '', entries: after.entries.filter(isRefresh) } // in the order of their dependencies
  members.push(await writeSql(writing, 'refresh', writeDdl(refresh)))
  return members
}

/** How the rows were written; read with other settings, some values would change. */
const VALUE_SETTINGS = `SET DateStyle = ISO;\nSET IntervalStyle = postgres;\nSET lc_monetary = 'C';\n\n`

function isRefresh(entry: DdlEntry): boolean {
  return entry.type === 'MATERIALIZED VIEW DATA'
}

async function writeSql({ id, object }: Writing, kind: SqlMemberKind, sql: string): Promise<Member> {
  const range = await object.append(frameOf(id, { kind }), [Buffer.from(sql)])
  return { kind, name: kind, ...range }
}

async function writeTable({ id, source, object }: Writing, table: SourceTable): Promise<Member> {
  const fingerprint = createFingerprint()
  async function* rows(): AsyncGenerator<Buffer> {
    for await (const chunk of source.rowsOf(table)) {
      fingerprint.update(chunk)
      yield chunk
    }
  }
  const { schema, table: name, columns } = table
  const range = await object.append(frameOf(id, table), rows())
  return {
    kind: 'table',
    name: qualifiedName(schema, name),
    schema,
    table: name,
    columns,
    ...fingerprint.result(),
    ...range,
  }
}
