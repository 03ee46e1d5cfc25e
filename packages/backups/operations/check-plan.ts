/** Spreads the reading of all backups over a week, so that no night reads all of them. */
import type { BackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { listStoredObjects } from '#backups/format/manifest'

const DAY_MS = 86_400_000
/** Every verified backup is read once in this many days. */
export const CHECK_EVERY_DAYS = 7

interface Candidate {
  id: BackupId
  storedBytes: number
  /** Time since a check or a proof last read the bytes. */
  readAgoMs: number
  wasCheckedToday: boolean
}

/**
 * Chooses the verified backups to read now, starting with the one that was read longest ago: as many as fit into a
 * day's share, less what was checked in the last 24 hours. One backup may exceed the share; otherwise large ones would
 * never be read.
 */
export function planChecks(entries: readonly BackupEntry[], now: Date): BackupId[] {
  const candidates = entries.flatMap((entry) => toCandidates(entry, now))
  const checked = candidates.filter(({ wasCheckedToday }) => wasCheckedToday)
  let left = sumBytes(candidates) / CHECK_EVERY_DAYS - sumBytes(checked)
  const due = candidates.filter(({ readAgoMs }) => readAgoMs >= CHECK_EVERY_DAYS * DAY_MS)
  const chosen: BackupId[] = []
  for (const { id, storedBytes } of due.sort((one, other) => other.readAgoMs - one.readAgoMs)) {
    if (left <= 0) break
    chosen.push(id)
    left -= storedBytes
  }
  return chosen
}

function toCandidates(entry: BackupEntry, now: Date): Candidate[] {
  if (!entry.readable || entry.state !== 'verified') return []
  const { id, manifest, proof, check } = entry
  const readAgoMs = now.getTime() - Date.parse(check?.checkedAt ?? proof?.startedAt ?? manifest.createdAt)
  const storedBytes = listStoredObjects(manifest).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)
  return [{ id, storedBytes, readAgoMs, wasCheckedToday: check !== undefined && readAgoMs < DAY_MS }]
}

function sumBytes(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { storedBytes }) => sum + storedBytes, 0)
}
