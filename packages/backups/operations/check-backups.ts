/** Checks that backups are recent and proven enough, for monitors that ask each hour. */
import type { BackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { UnprovenRun } from '#backups/operations/failed-runs'
import { computeMadeBefore } from '#backups/operations/health'
import { getBackupKind, VERIFIED_LEVEL } from '#backups/format/manifest'
import { isFromFuture } from '#backups/store/series-order'

export interface CheckInput {
  source: string
  /** Newest first. */
  entries: readonly BackupEntry[]
  /** Newest first. */
  runs: readonly UnprovenRun[]
}

export interface CheckLimits {
  now: Date
  maxAgeMs: number
  /** Required proof level; 0 where no proof is required. */
  minLevel: number
}

export interface Check {
  source: string
  passed: boolean
  /** The newest backup that is proven enough. */
  id?: BackupId
  level?: number
  ageMs?: number
  /** Reason of the failure. */
  reason?: string
  /** The newest run, if it failed after that backup. */
  failedRun?: UnprovenRun
}

/** Ignores safety backups, which a restore takes: they do not replace a nightly one. */
export function checkBackups({ source, entries, runs }: CheckInput, limits: CheckLimits): Check {
  const { now, maxAgeMs, minLevel } = limits
  const regular = entries.filter((entry) => !entry.readable || entry.manifest.pinned === undefined)
  const ahead = regular.find(({ id }) => isFromFuture(id, now))
  const good = regular.find((entry) => !isFromFuture(entry.id, now) && isProven(entry, minLevel))
  const [newest] = regular
  const [ended] = runs.filter(({ state }) => state !== 'running')
  const lastRun = ended !== undefined && (newest === undefined || ended.id >= newest.id) ? ended : undefined
  const found = good && {
    id: good.id,
    level: getLevel(good),
    ageMs: Math.max(0, now.getTime() - computeMadeBefore(good).getTime()),
  }
  const failedRun = lastRun === undefined ? {} : { failedRun: lastRun }
  const reason = explainFailure({ ahead: ahead?.id, newest, ageMs: found?.ageMs, minLevel, maxAgeMs })
  if (reason === undefined) return { source, passed: true, ...found, ...failedRun }
  return { source, passed: false, ...found, reason, ...failedRun }
}

/** False for settings that are backed up alone: a check must name them to include them. */
export function isOfData({ entries }: CheckInput): boolean {
  return entries.length === 0 || entries.some((entry) => !entry.readable || getBackupKind(entry.manifest) !== 'config')
}

function isProven(entry: BackupEntry, minLevel: number): boolean {
  if (!entry.readable || minLevel === 0) return entry.readable
  return entry.state !== 'unproven' && getLevel(entry) >= minLevel && (minLevel < VERIFIED_LEVEL || isVerified(entry))
}

function isVerified({ state }: BackupEntry): boolean {
  return state === 'verified'
}

function getLevel(entry: BackupEntry): number {
  return entry.readable ? (entry.proof?.level ?? 0) : 0
}

interface Found {
  ahead: BackupId | undefined
  newest: BackupEntry | undefined
  ageMs: number | undefined
  minLevel: number
  maxAgeMs: number
}

function explainFailure({ ahead, newest, ageMs, minLevel, maxAgeMs }: Found): string | undefined {
  if (ahead !== undefined) return `${ahead} is from the future: the clock that stamped it, or this one, is wrong`
  const damaged = newest?.readable === false ? `; the newest, ${newest.id}, is damaged: ${newest.reason}` : ''
  if (ageMs === undefined)
    return `${minLevel === 0 ? 'there is no backup' : `no backup is proven at level ${minLevel}`}${damaged}`
  return ageMs > maxAgeMs ? `the newest proven backup is too old${damaged}` : undefined
}
