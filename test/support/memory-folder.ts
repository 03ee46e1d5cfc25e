import { chmodSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { freemem, userInfo } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** Room for the clusters and dumps of three workers, and for the programs. */
const FREE_BYTES_MIN = 4 * 2 ** 30
/** No run takes so long: whatever is older was left by one that was killed. */
const RUN_MS_MAX = 6 * 3_600_000
/** A cluster that every run copies (`pglite-template.ts`). */
const TEMPLATE = 'hunter-cluster-'

/**
 * Makes memory the place of all temporary files, for this process and those it starts: Postgres makes a database there in
 * a quarter of the processor time that it takes on a disk. A TMPDIR that is set stays, and a machine with little memory
 * uses its disk.
 */
export function keepTempFilesInMemory(): void {
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return
  const { uid } = userInfo()
  const folder = join(MEMORY, `hunter-test-${uid}`)
  mkdirSync(folder, { recursive: true })
  if (statSync(folder).uid !== uid) return
  chmodSync(folder, 0o1777) // as /tmp: a server that root starts runs as another user
  for (const name of readdirSync(folder)) if (!name.startsWith(TEMPLATE)) removeStale(join(folder, name))
  process.env['TMPDIR'] = folder
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return Math.min(bavail * bsize, freemem()) >= FREE_BYTES_MIN
  } catch {
    return false
  }
}

function removeStale(path: string): void {
  try {
    if (Date.now() - statSync(path).mtimeMs > RUN_MS_MAX) rmSync(path, { recursive: true, force: true })
  } catch {
    // Another run removes it as well.
  }
}
