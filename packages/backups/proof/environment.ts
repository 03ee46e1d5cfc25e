import { rm, statfs } from 'node:fs/promises'
import { closeInOrder } from '#platform/async/close-in-order'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import { findMissingExtensions } from '#backups/proof/pglite-extensions'
import { openPgliteTarget } from '#backups/proof/pglite-target'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import type { ProofWatch } from '#backups/proof/watch'
import type { RestoreTarget } from '#backups/restore/target'
import { findUnreadableEncoding } from '#backups/dump/rows-encoding'
import { createScratchDatabase } from '#backups/postgres/scratch-database'
import { openWorkDir } from '#backups/store/temp-dir'

export interface PlaceDeps {
  /** An existing folder on disk. */
  tempDir: string
  /** URL of a server for dumps that the embedded Postgres cannot hold; a proof creates its own database there. */
  scratchUrl?: string | undefined
  watch: ProofWatch
  /** Largest dump, before compression, for the embedded Postgres. */
  embeddedBytesMax?: number | undefined
}

export interface ProofPlace {
  target: RestoreTarget
  /** Closes the target and removes everything that it made. */
  close(): Promise<void>
}

/** The embedded Postgres took about a function's time limit for four gigabytes of rows. */
const EMBEDDED_BYTES_MAX = 4_000_000_000
/** Rows and indexes took 1.5 times a dump's size when measured; a sort temporarily takes more. */
const DISK_PER_RAW_BYTE = 2
const CLUSTER_BYTES = 100_000_000
/** Concurrent sessions that load rows on a server, as in a restore. */
const COPIES_MAX = 3

/** Returns why the embedded Postgres cannot hold the dump; undefined when it can. */
export async function findEmbeddedObstacle(
  { tempDir, embeddedBytesMax = EMBEDDED_BYTES_MAX }: PlaceDeps,
  manifest: Manifest,
): Promise<string | undefined> {
  const { object, database } = manifest
  const missing = findMissingExtensions(database.extensions)
  if (missing.length > 0) return `the embedded Postgres has no extension ${missing.join(', ')}`
  const encoding = findUnreadableEncoding(selectTableMembers(manifest))
  if (encoding !== undefined) return `the embedded Postgres cannot read rows in ${encoding}`
  if (object.rawBytes > embeddedBytesMax) {
    return `the dump has ${megabytes(object.rawBytes)} but the embedded Postgres takes at most ${megabytes(embeddedBytesMax)}`
  }
  const { bavail, bsize } = await statfs(tempDir)
  const needed = object.rawBytes * DISK_PER_RAW_BYTE + CLUSTER_BYTES
  if (needed <= bavail * bsize) return undefined
  return `the embedded Postgres needs ${megabytes(needed)} of disk, but only ${megabytes(bavail * bsize)} are free`
}

/** Opens an empty embedded database to restore into. */
export async function openEmbedded({ tempDir, watch }: PlaceDeps, manifest: Manifest): Promise<ProofPlace> {
  const workDir = await openWorkDir(tempDir)
  const remove = () => rm(workDir, { recursive: true, force: true })
  try {
    watch.doing('starting the embedded Postgres')
    const { extensions } = manifest.database
    const tables = selectTableMembers(manifest).length
    const target = await openPgliteTarget({ tempDir, workDir, extensions, tables, signal: watch.signal })
    return createPlace(watch, target, () => closeInOrder(() => target.close(), remove))
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * Opens an empty database on the scratch server. The deadline drops it, even while it is in use. @throws AppError
 * DATABASE_UNAVAILABLE, RESTORE_TARGET_IN_USE
 */
export async function openOnServer({ watch }: PlaceDeps, scratchUrl: string, manifest: Manifest): Promise<ProofPlace> {
  const { id, database } = manifest
  const scratch = await createScratchDatabase(scratchUrl, { id, encoding: database.encoding })
  try {
    const target = await openPostgresTarget(scratch.url, COPIES_MAX)
    watch.onOverdue(() => scratch.drop())
    return createPlace(watch, target, () =>
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

/** The proof and its deadline may both close it: only the first call does. */
function createPlace(watch: ProofWatch, target: RestoreTarget, end: () => Promise<void>): ProofPlace {
  let closing: Promise<void> | undefined
  const close = () => (closing ??= end())
  watch.onOverdue(close)
  return { target, close }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}
