/** Owns backups of SQLite files: the dump, its proof and its restore. This file dumps one. */
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import {
  type Codec,
  type ConfigEntry,
  FINGERPRINT_METHOD,
  MANIFEST_VERSION,
  parseAnyManifest,
  type SqliteManifest,
} from '#backups/format/manifest'
import { buildDataKey, buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { joinSeries, type SeriesOverrides } from '#backups/operations/series'
import { readFileIdentity } from '#backups/dump/source-identity'
import { findIntegrityProblems, requireSqliteFile, readValue, withSqlite } from '#backups/sqlite/file'
import { fingerprintTables, hashDefinitions } from '#backups/sqlite/tables'
import { storeObject } from '#backups/store/write-object'
import { openWorkDir } from '#backups/store/temp-dir'

export interface SqliteDumpDeps {
  store: ObjectStore
  clock: Clock
  /** An existing folder with room for a copy of the database. */
  tempDir: string
}

interface SqliteDumpInput extends SeriesOverrides {
  id: BackupId
  source: string
  path: string
  toolVersion: string
  codec: Codec
  /** Stores the settings after the database. */
  writeConfig?: (() => Promise<ConfigEntry | undefined>) | undefined
}

const CHUNK_BYTES = 256 * 1024

/**
 * Backs up a database file as of one moment, even while other programs write to it. The manifest is written last.
 * @throws AppError SOURCE_INVALID, SOURCE_DAMAGED, DATABASE_UNAVAILABLE (locked), STORAGE_UNAVAILABLE, CLOCK_SKEWED,
 * SOURCE_CHANGED, BACKUP_FAILED
 */
export async function dumpSqlite(deps: SqliteDumpDeps, input: SqliteDumpInput): Promise<SqliteManifest> {
  await requireSqliteFile(input.path)
  try {
    return await dumpThere(deps, input, await openWorkDir(deps.tempDir))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('BACKUP_FAILED', `the backup did not finish: ${getErrorMessage(cause)}`, { cause })
  }
}

async function dumpThere(deps: SqliteDumpDeps, input: SqliteDumpInput, dir: string): Promise<SqliteManifest> {
  try {
    return await dumpCopy(deps, input, join(dir, 'copy.sqlite'))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function dumpCopy(deps: SqliteDumpDeps, input: SqliteDumpInput, copy: string): Promise<SqliteManifest> {
  const { id, source, codec } = input
  const startedAt = deps.clock.now()
  const file = await readFileIdentity(input.path)
  const { replaces, ...place } = await joinSeries(deps.store, { ...input, identity: { kind: 'sqlite', file } })
  const found = withSqlite(input.path, 'read', (db) => copyInto(db, input.path, copy))
  const contents = withSqlite(copy, 'read', (db) => {
    requireIntegrity(db, input.path)
    return { tables: fingerprintTables(db), definitionsSha256: hashDefinitions(db) }
  })
  const key = buildDataKey(source, id, { kind: 'sqlite', codec })
  const { object, rawSha256 } = await storeObject(deps.store, { key, codec }, readBytes(copy))
  const config = await input.writeConfig?.()
  const manifest = parseAnyManifest({
    version: MANIFEST_VERSION,
    kind: 'sqlite',
    id,
    source,
    createdAt: startedAt.toISOString(),
    durationMs: deps.clock.now().getTime() - startedAt.getTime(),
    toolVersion: input.toolVersion,
    ...place,
    database: { name: basename(input.path), ...found, file: { ...file, replaces } },
    object,
    rawSha256,
    fingerprintMethod: FINGERPRINT_METHOD,
    ...contents,
    config,
  } satisfies SqliteManifest) as SqliteManifest
  await deps.store.putJson(buildBackupKeys(source, id).manifest, manifest)
  return manifest
}

/** `VACUUM INTO` reads in one transaction and copies whatever it can read, so check for unreadable parts first. */
function copyInto(db: DatabaseSync, path: string, copy: string) {
  requireIntegrity(db, path)
  db.prepare('VACUUM INTO ?').run(copy)
  return {
    serverVersion: readValue(db, 'SELECT sqlite_version()'),
    encoding: readValue(db, 'PRAGMA encoding'),
    journalMode: readValue(db, 'PRAGMA journal_mode'),
  }
}

function requireIntegrity(db: DatabaseSync, path: string): void {
  const problems = findIntegrityProblems(db)
  if (problems.length === 0) return
  throw new AppError('SOURCE_DAMAGED', `${path} is damaged: ${problems[0]}`, { details: { problems } })
}

function readBytes(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES })
}
