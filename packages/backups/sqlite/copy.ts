import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import type { ProofCheck, SqliteManifest } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { runCheck, type Findings } from '#backups/proof/checks'
import { mapEnvironmentFailure } from '#backups/proof/environment-failure'
import type { ProofWatch } from '#backups/proof/watch'
import { readObject } from '#backups/store/read-object'
import { findIntegrityProblems, readValue, withSqlite } from '#backups/sqlite/file'
import { fingerprintTables, hashDefinitions } from '#backups/sqlite/tables'
import { createMeter } from '#backups/store/write-object'
import { openWorkDir } from '#backups/store/temp-dir'
import { formatCount } from '#platform/count-text'

interface SqliteProofDeps {
  store: Pick<ObjectStore, 'read'>
  clock: Clock
  /** An existing folder with room for the database. */
  tempDir: string
  watch: ProofWatch
}

/** Proves levels 2 to 4 of a database file: unpacks it, opens it, and reads every row. */
export async function examineSqlite(deps: SqliteProofDeps, manifest: SqliteManifest): Promise<Findings> {
  const dir = await mapEnvironmentFailure(() => openWorkDir(deps.tempDir))
  const path = join(dir, 'copy.sqlite')
  const startedAt = deps.clock.now().getTime()
  const steps: [name: string, level: number, run: () => unknown][] = [
    ['structure', 2, () => unpackSqlite(deps.store, manifest, path).then(() => checkPages(path))],
    ['restored', 3, () => checkIntegrity(path)],
    ['fingerprints', 4, () => compareTables(path, manifest, () => deps.watch.requireTime())],
  ]
  const checks: ProofCheck[] = []
  let restoreMs: number | undefined
  try {
    for (const [name, level, run] of steps) {
      deps.watch.requireTime()
      deps.watch.doing(`checking the file: ${name}`)
      const found = await runCheck(name, level, run)
      checks.push(found)
      if (!found.passed) return { checks }
      if (name === 'restored') restoreMs = deps.clock.now().getTime() - startedAt
    }
    const version = withSqlite(path, 'read', (db) => readValue(db, 'SELECT sqlite_version()'))
    return { checks, ...(restoreMs === undefined ? {} : { restoreMs }), restoredInto: `SQLite ${version}` }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/**
 * Unpacks the database file to a new path. It is synced to disk when this returns. @throws AppError BACKUP_DAMAGED when
 * it differs from the packed file, STORAGE_UNAVAILABLE when the disk is full
 */
export async function unpackSqlite(
  store: Pick<ObjectStore, 'read'>,
  manifest: SqliteManifest,
  path: string,
): Promise<void> {
  const meter = createMeter()
  const file = createWriteStream(path, { flags: 'wx', flush: true, mode: 0o600 })
  await pipeline(meter.count(readObject(store, manifest.object)), file).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('STORAGE_UNAVAILABLE', `${path} cannot be written: ${getErrorMessage(cause)}`, { cause })
  })
  if (meter.sha256() !== manifest.rawSha256)
    throw new AppError('BACKUP_DAMAGED', 'the database file differs from what was packed')
}

/** @throws AppError BACKUP_DAMAGED unless the file has the length that its first page declares */
export async function checkPages(path: string): Promise<void> {
  const { size } = await stat(path)
  const pages = withSqlite(
    path,
    'read',
    (db) => Number(readValue(db, 'PRAGMA page_count')) * Number(readValue(db, 'PRAGMA page_size')),
  )
  if (size > 0 && size === pages) return
  throw new AppError('BACKUP_DAMAGED', `the database file has ${size} bytes, but its pages need ${pages}`)
}

/** @throws AppError BACKUP_DAMAGED */
export function checkIntegrity(path: string): void {
  const [problem] = withSqlite(path, 'read', findIntegrityProblems)
  if (problem !== undefined) throw new AppError('BACKUP_DAMAGED', `the copy is damaged: ${problem}`)
}

/** Compares every table with the manifest. @throws AppError BACKUP_DAMAGED that names the differences */
export function compareTables(path: string, { tables, definitionsSha256 }: SqliteManifest, onRows?: () => void): void {
  const expected = new Map(tables.map((table) => [table.name, table]))
  const copied = new Map(
    withSqlite(path, 'read', (db) => fingerprintTables(db, onRows)).map((table) => [table.name, table]),
  )
  const differences: string[] = []
  if (definitionsSha256 !== undefined && withSqlite(path, 'read', hashDefinitions) !== definitionsSha256)
    differences.push('the definitions differ')
  for (const name of new Set([...expected.keys(), ...copied.keys()])) {
    const [before, after] = [expected.get(name), copied.get(name)]
    if (!after) differences.push(`${name} is missing`)
    else if (!before) differences.push(`${name} is new`)
    else if (before.rows !== after.rows)
      differences.push(`${name} has ${formatCount(after.rows, 'row')} instead of ${before.rows}`)
    else if (before.fingerprint !== after.fingerprint) differences.push(`${name} has different rows`)
    else if (before.columns.join('\n') !== after.columns.join('\n')) differences.push(`${name} has different columns`)
  }
  if (differences.length === 0) return
  throw new AppError('BACKUP_DAMAGED', differences.slice(0, 5).join('; '))
}
