import { rm, statfs } from 'node:fs/promises'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Manifest } from '#backups/manifest'
import { missingExtensions } from '#backups/pglite-extensions'
import { openPgliteTarget } from '#backups/pglite-target'
import { openPostgresTarget } from '#backups/postgres-target'
import { orPlaceFailed } from '#backups/proof-fault'
import type { RestoreTarget } from '#backups/restore-target'
import { createScratchDatabase } from '#backups/scratch-database'
import { openWorkDir } from '#backups/work-dir'

export interface PlaceDeps {
  clock: Clock
  /** An existing folder on disk. */
  tempDir: string
  /** A database on a server for what the embedded Postgres cannot hold; a proof makes a database of its own there. */
  scratchUrl?: string | undefined
  /** When a proof on that server is broken off: before the function is that it runs in. */
  deadline?: Date | undefined
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

/**
 * An empty database to restore into: embedded where the dump fits, else on the scratch server.
 * @throws AppError PROOF_PLACE_MISSING when it fits neither, PROOF_PLACE_FAILED, DATABASE_UNAVAILABLE,
 *   RESTORE_TARGET_IN_USE
 */
export function openProofPlace(deps: PlaceDeps, manifest: Manifest): Promise<ProofPlace> {
  return orPlaceFailed(async () => {
    const obstacle = await obstacleToEmbedded(deps, manifest)
    if (obstacle === undefined) return openEmbedded(deps.tempDir, manifest)
    if (deps.scratchUrl !== undefined) return openOnServer(deps, deps.scratchUrl, manifest)
    const message = `backup ${manifest.id} stays unproven: ${obstacle}, and no scratch server is set`
    throw new AppError('PROOF_PLACE_MISSING', message)
  })
}

/** Why the embedded Postgres will not do; undefined when it will. */
async function obstacleToEmbedded(
  { tempDir, embeddedBytesMax = EMBEDDED_BYTES_MAX }: PlaceDeps,
  { object, database }: Manifest,
): Promise<string | undefined> {
  const missing = missingExtensions(database.extensions)
  if (missing.length > 0) return `the embedded Postgres has no extension ${missing.join(', ')}`
  if (object.rawBytes > embeddedBytesMax) {
    return `the dump has ${megabytes(object.rawBytes)} and the embedded Postgres takes ${megabytes(embeddedBytesMax)}`
  }
  const { bavail, bsize } = await statfs(tempDir)
  const needed = object.rawBytes * DISK_PER_RAW_BYTE + CLUSTER_BYTES
  if (needed <= bavail * bsize) return undefined
  return `the embedded Postgres needs ${megabytes(needed)} of disk and ${megabytes(bavail * bsize)} are free`
}

async function openEmbedded(tempDir: string, { database }: Manifest): Promise<ProofPlace> {
  const workDir = await openWorkDir(tempDir)
  const remove = () => rm(workDir, { recursive: true, force: true })
  try {
    const target = await openPgliteTarget({ tempDir, workDir, extensions: database.extensions })
    return { target, close: () => inOrder(() => target.close(), remove) }
  } catch (error) {
    await remove()
    throw error
  }
}

async function openOnServer(
  { clock, deadline }: PlaceDeps,
  scratchUrl: string,
  { id, database }: Manifest,
): Promise<ProofPlace> {
  const limitMs = deadline && deadline.getTime() - clock.now().getTime()
  const scratch = await createScratchDatabase(scratchUrl, { id, encoding: database.encoding, limitMs })
  try {
    const target = await openPostgresTarget(scratch.url, COPIES_MAX)
    return {
      target,
      close: () =>
        inOrder(
          () => target.close(),
          () => scratch.drop(),
        ),
    }
  } catch (error) {
    await scratch.drop()
    throw error
  }
}

async function inOrder(close: () => Promise<void>, remove: () => Promise<void>): Promise<void> {
  try {
    await close()
  } finally {
    await remove()
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`
}
