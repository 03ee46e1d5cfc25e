import { rm, statfs } from 'node:fs/promises'
import { closeInOrder } from '#platform/async/close-in-order'
import { type Manifest, tableMembers } from '#backups/format/manifest'
import { missingExtensions } from '#backups/proof/pglite-extensions'
import { openPgliteTarget } from '#backups/proof/pglite-target'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import type { ProofWatch } from '#backups/proof/watch'
import type { RestoreTarget } from '#backups/restore/target'
import { unreadableEncoding } from '#backups/dump/rows-encoding'
import { createScratchDatabase } from '#backups/postgres/scratch-database'
import { openWorkDir } from '#backups/store/temp-dir'

export interface PlaceDeps {
  /** An existing folder on disk. */
  tempDir: string
  /** A database on a server for what the embedded Postgres cannot hold; a proof makes a database of its own there. */
  scratchUrl?: string | undefined
  watch: ProofWatch
  /** The most that the embedded Postgres is trusted with, of a dump's size before compression. */
  embeddedBytesMax?: number | undefined
}

export interface ProofPlace {
  target: RestoreTarget
  /** Closes the target and leaves nothing behind. */
  close(): Promise<void>
}

/** Four gigabytes of rows took it about as long as a function may run. */
const EMBEDDED_BYTES_MAX = 4_000_000_000
/** Rows and indexes measured 1.5 times a dump's size; a sort takes some more for a while. */
const DISK_PER_RAW_BYTE = 2
const CLUSTER_BYTES = 100_000_000
/** Sessions that load rows at once on a server, as in a restore. */
const COPIES_MAX = 3

/** Why the embedded Postgres will not do; undefined when it will. */
export async function obstacleToEmbedded(
  { tempDir, embeddedBytesMax = EMBEDDED_BYTES_MAX }: PlaceDeps,
  manifest: Manifest,
): Promise<string | undefined> {
  const { object, database } = manifest
  const missing = missingExtensions(database.extensions)
  if (missing.length > 0) return `the embedded Postgres has no extension ${missing.join(', ')}`
  const encoding = unreadableEncoding(tableMembers(manifest))
  if (encoding !== undefined) return `the embedded Postgres cannot read rows in ${encoding}`
  if (object.rawBytes > embeddedBytesMax) {
    return `the dump has ${megabytes(object.rawBytes)} and the embedded Postgres takes ${megabytes(embeddedBytesMax)}`
  }
  const { bavail, bsize } = await statfs(tempDir)
  const needed = object.rawBytes * DISK_PER_RAW_BYTE + CLUSTER_BYTES
  if (needed <= bavail * bsize) return undefined
  return `the embedded Postgres needs ${megabytes(needed)} of disk and ${megabytes(bavail * bsize)} are free`
}

/** An empty database to restore into, embedded. */
export async function openEmbedded({ tempDir, watch }: PlaceDeps, manifest: Manifest): Promise<ProofPlace> {
  const workDir = await openWorkDir(tempDir)
  const remove = () => rm(workDir, { recursive: true, force: true })
  try {
    watch.doing('starting the embedded Postgres')
    const { extensions } = manifest.database
    const tables = tableMembers(manifest).length
    const target = await openPgliteTarget({ tempDir, workDir, extensions, tables, signal: watch.signal })
    return placeOf(watch, target, () => closeInOrder(() => target.close(), remove))
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * The same on the scratch server. When the time is over, the database is dropped whatever goes on in it.
 * @throws AppError DATABASE_UNAVAILABLE, RESTORE_TARGET_IN_USE
 */
export async function openOnServer({ watch }: PlaceDeps, scratchUrl: string, manifest: Manifest): Promise<ProofPlace> {
  const { id, database } = manifest
  const scratch = await createScratchDatabase(scratchUrl, { id, encoding: database.encoding })
  try {
    const target = await openPostgresTarget(scratch.url, COPIES_MAX)
    watch.onOverdue(() => scratch.drop())
    return placeOf(watch, target, () =>
      closeInOrder(
        () => target.close(),
        () => scratch.drop(),
      ),
    )
  } catch (error) {
    await scratch.drop()
    throw error
  }
}

/** It is closed once, by whoever comes first. */
function placeOf(watch: ProofWatch, target: RestoreTarget, end: () => Promise<void>): ProofPlace {
  let closing: Promise<void> | undefined
  const close = () => (closing ??= end())
  watch.onOverdue(close)
  return { target, close }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}
