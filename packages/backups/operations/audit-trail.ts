/**
 * Keeps the audit trail in the bucket, for installations without a database: one object for each action, never
 * overwritten. Entries outlive the backups that they describe.
 */
import type { ObjectStore } from '#backups/store/object-store'

const TRAIL_VERSION = 1
/** No database's name: its folders differ from those of backups. */
const FOLDER = 'hunter-audit'

interface TrailEntry {
  /** ISO, UTC. */
  at: string
  actor: string
  action: string
  object: string
  details: Record<string, unknown>
}

/** `randomHex` separates two entries of one second. @throws AppError STORAGE_UNAVAILABLE */
export async function writeTrail(
  store: Pick<ObjectStore, 'putJson'>,
  entry: TrailEntry,
  randomHex: string,
): Promise<void> {
  const stamp = entry.at.replaceAll(/[-:.]/g, '')
  await store.putJson(`${FOLDER}/${entry.at.slice(0, 4)}/${entry.at.slice(5, 7)}/${stamp}-${randomHex}.json`, {
    version: TRAIL_VERSION,
    ...entry,
  })
}
