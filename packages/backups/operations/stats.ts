import { type BackupId, getBackupTime } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { Drill } from '#backups/operations/drill-report'
import type { UnprovenRun, UnprovenRuns } from '#backups/operations/failed-runs'
import { computeMadeBefore, findNewestVerified } from '#backups/operations/health'
import { type AnyManifest, listStoredObjects } from '#backups/format/manifest'
import { isFromFuture } from '#backups/store/series-order'

export interface BackupStats {
  backups: number
  verified: number
  /** Includes unreadable ones. */
  failed: number
  unproven: number
  /** Runs without a backup, as far as their records remain. */
  runsFailed: number
  lastFailedRun?: { id: BackupId; code?: string; reason: string }
  /**
   * Share of verified backups among all runs, 0 to 1; an unproven backup does not count. Absent before the first run.
   */
  proofRate?: number
  /** Backups with a time in the future: a wrong clock made them, and they never count as the newest. */
  fromFuture: number
  /** Size of all of them in the bucket. */
  storedBytes: number
  newest?: { id: BackupId; rawBytes: number; storedBytes: number; durationMs: number }
  /**
   * Growth of the data before compression, over at most the last 30 days; absent when the backups span less than a day.
   */
  growthBytesPerDay?: number
  newestVerified?: { id: BackupId; ageMs: number }
  /** Median time of the proofs' restores into the embedded Postgres. */
  proofRestoreMsMedian?: number
  drills: number
  drillsFailed: number
  /** Recovery times of the drills. */
  recovery?: { lastMs: number; medianMs: number; longestMs: number }
}

const DAY_MS = 86_400_000
const GROWTH_DAYS = 30

interface StatsInput {
  /** Newest first. */
  entries: readonly BackupEntry[]
  runs: UnprovenRuns
  drills: readonly Drill[]
  now: Date
}

export function computeBackupStats({ entries, runs, drills, now }: StatsInput): BackupStats {
  const readable = entries.filter((entry) => entry.readable)
  const present = readable.filter(({ id }) => !isFromFuture(id, now))
  const count = (state: BackupEntry['state']) => entries.filter((entry) => entry.state === state).length
  const [verified, failed, unproven] = [count('verified'), count('failed'), count('unproven')]
  const failedRuns = runs.runs.filter(({ hasBackup, state }) => !hasBackup && state !== 'running')
  const runsFailed = failedRuns.length + runs.more
  const all = entries.length + runsFailed
  const [newest] = present
  const verifiedLast = findNewestVerified(present, now)
  const restores = readable.flatMap(({ proof }) => proof?.restoreMs ?? [])
  const recoveries = drills.flatMap(({ totalMs }) => totalMs ?? [])
  return {
    backups: entries.length,
    verified,
    failed,
    unproven,
    runsFailed,
    ...given('lastFailedRun', failedRuns[0] && summarise(failedRuns[0])),
    fromFuture: entries.filter(({ id }) => isFromFuture(id, now)).length,
    ...given('proofRate', all > 0 ? verified / all : undefined),
    storedBytes: readable.reduce((sum, { manifest }) => sum + storedBytes(manifest), 0),
    ...given('newest', newest && selectSizes(newest.id, newest.manifest)),
    ...given('growthBytesPerDay', growth(present)),
    ...given(
      'newestVerified',
      verifiedLast && {
        id: verifiedLast.id,
        ageMs: Math.max(0, now.getTime() - computeMadeBefore(verifiedLast).getTime()),
      },
    ),
    ...given('proofRestoreMsMedian', median(restores)),
    drills: drills.length,
    drillsFailed: drills.filter(({ passed }) => !passed).length,
    ...given('recovery', measureRecovery(recoveries)),
  }
}

/** True when there is at least one run and all runs are proven. */
export function isAllProven({ failed, unproven, runsFailed, verified }: BackupStats): boolean {
  return verified > 0 && failed + unproven + runsFailed === 0
}

function summarise({ id, code, reason }: UnprovenRun) {
  return { id, ...given('code', code), reason }
}

function storedBytes(manifest: AnyManifest): number {
  return listStoredObjects(manifest).reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)
}

function selectSizes(id: BackupId, manifest: AnyManifest) {
  const { rawBytes } = manifest.object
  return { id, rawBytes, storedBytes: storedBytes(manifest), durationMs: manifest.durationMs }
}

function growth(newestFirst: { id: BackupId; manifest: AnyManifest }[]): number | undefined {
  const [newest] = newestFirst
  if (!newest) return undefined
  const daysBefore = ({ id }: { id: BackupId }) =>
    (getBackupTime(newest.id).getTime() - getBackupTime(id).getTime()) / DAY_MS
  const oldest = newestFirst.findLast((entry) => daysBefore(entry) <= GROWTH_DAYS) ?? newest
  const days = daysBefore(oldest)
  return days < 1 ? undefined : (newest.manifest.object.rawBytes - oldest.manifest.object.rawBytes) / days
}

function measureRecovery(timesMs: number[]): BackupStats['recovery'] {
  const [lastMs, medianMs] = [timesMs.at(-1), median(timesMs)]
  if (lastMs === undefined || medianMs === undefined) return undefined
  return { lastMs, medianMs, longestMs: Math.max(...timesMs) }
}

function median(values: number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]?: Value })
}
