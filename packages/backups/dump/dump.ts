/**
 * Owns backups: a database as one gzipped SQL object that psql restores, its manifest, the proof that it restores, and
 * the restore. It knows no business tables and needs no Postgres binary.
 */
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import { createDefinitionsHash } from '#backups/format/definitions-hash'
import { writeMembers } from '#backups/dump/write-members'
import { createDumpObject } from '#backups/dump/dump-object'
import { planParts } from '#backups/dump/plan'
import { createProgress, type DumpState } from '#backups/dump/progress'
import { createLeftOut } from '#backups/dump/incomplete'
import {
  type Codec,
  type ConfigEntry,
  FINGERPRINT_METHOD,
  type Manifest,
  MANIFEST_VERSION,
  parseManifest,
  type Scope,
} from '#backups/format/manifest'
import { holdSource } from '#backups/dump/hold-source'
import { buildDataKey, buildBackupKeys } from '#backups/format/object-keys'
import { explainLocks } from '#backups/postgres/lock-room'
import type { ObjectStore } from '#backups/store/object-store'
import { selectPartTables } from '#backups/dump/part-tables'
import { toUnreadableDefinition, encodeRows, retryInOwnEncoding } from '#backups/dump/rows-encoding'
import { joinSeries, type SeriesOverrides } from '#backups/operations/series'
import { describeServerError } from '#backups/postgres/server-error'
import { readRoles, type RolesWanted } from '#backups/dump/server-roles'
import { retryWhileModified } from '#backups/dump/source-modified'
import type { ChooseTables, SourceTable } from '#backups/dump/tables'
import { refuseChanged } from '#backups/dump/unchanged-tables'
import { undoOnFailure } from '#platform/async/undo-on-failure'
import { findNeverDumped, findUnsupported } from '#backups/dump/unsupported'

export interface DumpDeps {
  store: ObjectStore
  clock: Clock
}

export interface DumpInput extends SeriesOverrides {
  id: BackupId
  /** First part of the backup's keys. */
  source: string
  databaseUrl: string
  toolVersion: string
  migrationRevision?: string | undefined
  /** Reason for retention to keep the backup at any age. */
  pinned?: string | undefined
  /** Earliest end of the pin; without it, the pin lasts as long as the manifest says so. */
  pinnedUntil?: Date | undefined
  /** Maximum number of sessions that read concurrently; three by default. Small databases use fewer. */
  streams?: number | undefined
  /** Time by which the dump must end. A run that reaches it aborts its upload and reports its progress. */
  deadline?: Date | undefined
  /** `none` stores plain SQL. */
  codec?: Codec | undefined
  /** Stores the server's roles beside the dump. */
  roles?: RolesWanted | undefined
  /** Part of the database to dump; absent: all of it. */
  scope?: Scope | undefined
  /** Names what the dump cannot hold in the manifest instead of refusing the backup. */
  allowIncomplete?: boolean | undefined
  /** Stores the settings after the rows. */
  writeConfig?: (() => Promise<ConfigEntry | undefined>) | undefined
  /** Called once the tables are known, with a function that returns the dump's progress. */
  onBegin?: ((state: () => DumpState) => void) | undefined
  /** Called before each retry with its reason: something was dropped, truncated or changed while the dump read it. */
  onRetry?: ((reason: string) => void) | undefined
}

const STREAMS = 3
/** Few are enough: most changes happen while the dump begins, and `holdSource` retries those itself. */
const TRIES = 3

/**
 * Dumps a database to the store as it was at one moment. The manifest is written last; without it there is no backup.
 * @throws AppError BACKUP_UNSUPPORTED, DATABASE_UNAVAILABLE, STORAGE_UNAVAILABLE, CLOCK_SKEWED, SOURCE_CHANGED, or
 * BACKUP_FAILED with the cause
 */
export async function dumpDatabase(deps: DumpDeps, input: DumpInput): Promise<Manifest> {
  try {
    const { onRetry } = input
    const dumped = await retryWhileModified({ tries: TRIES, onRetry }, () =>
      retryInOwnEncoding(onRetry, (isOwn) => writeDump(deps, input, isOwn)),
    )
    const config = await input.writeConfig?.()
    const manifest = config ? { ...dumped, config } : dumped
    await deps.store.putJson(buildBackupKeys(input.source, input.id).manifest, manifest)
    return manifest
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const unreadable = toUnreadableDefinition(cause)
    if (unreadable) throw unreadable
    throw new AppError('BACKUP_FAILED', `the dump did not finish: ${describeServerError(cause)}`, { cause })
  }
}

async function writeDump(deps: DumpDeps, input: DumpInput, isOwn: boolean): Promise<Manifest> {
  const { id } = input
  const startedAt = deps.clock.now()
  const { codec = 'gzip' } = input
  const key = buildDataKey(input.source, id, { kind: 'postgres', codec })
  const { scope } = input
  let all: SourceTable[] = []
  const choose: ChooseTables | undefined =
    scope && ((session, found) => selectPartTables(session, (all = found), scope))
  const holding = { streams: input.streams ?? STREAMS, onRetry: input.onRetry, choose }
  const held = await holdSource(input.databaseUrl, holding)
  const { source, tables, readers, pgDumps } = held
  try {
    const leftOut = createLeftOut({ isAccepted: input.allowIncomplete === true })
    leftOut.add(await findUnsupported(source))
    leftOut.note(await findNeverDumped(source))
    const { name, server } = source.database
    const identity = { kind: 'postgres', name, server } as const
    const { replaces, ...place } = await joinSeries(deps.store, { ...input, identity })
    const part = scope && { scope, chosen: tables, all }
    const roles = input.roles && (await readRoles(source.session, input.roles))
    const parts = planParts(encodeRows(tables, source.database, isOwn))
    const progress = createProgress(deps.clock, parts, input.deadline)
    const upload = await deps.store.startUpload(key, codec === 'gzip' ? 'application/gzip' : 'application/sql')
    const write = async () => {
      const object = createDumpObject({ upload, clock: deps.clock }, codec)
      input.onBegin?.(() => ({ ...progress.state(), rawBytes: object.totals().rawBytes }))
      const definitions = createDefinitionsHash()
      const members = await writeMembers(
        { id, databaseUrl: input.databaseUrl, source, readers, pgDumps, object, progress, definitions, leftOut, part },
        parts,
      )
      await refuseChanged(input.databaseUrl, tables)
      await source.commit()
      progress.check()
      const { versionId } = await progress.inTime(upload.complete())
      return parseManifest({
        version: MANIFEST_VERSION,
        id,
        source: input.source,
        createdAt: startedAt.toISOString(),
        durationMs: deps.clock.now().getTime() - startedAt.getTime(),
        toolVersion: input.toolVersion,
        ...place,
        pinned: input.pinned,
        pinnedUntil: input.pinnedUntil?.toISOString(),
        database: { ...source.database, server: { ...server, replaces } },
        migrationRevision: input.migrationRevision,
        scope,
        object: { key, versionId, ...object.totals() },
        roles,
        incomplete: leftOut.names.length === 0 ? undefined : leftOut.names,
        fingerprintMethod: FINGERPRINT_METHOD,
        members,
        definitionsSha256: definitions.sha256(),
      })
    }
    return await undoOnFailure(write, () => upload.abort(), 'its upload')
  } catch (cause) {
    throw explainLocks('BACKUP_FAILED', source.lockRoom, cause)
  } finally {
    await source.close()
  }
}
