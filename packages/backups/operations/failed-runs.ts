import pLimit from 'p-limit'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import type { BackupEntry, CatalogStore } from '#backups/store/catalog'
import { parseBackupKey, isRunKey, buildBackupKeys } from '#backups/format/object-keys'
import { type RunHost, type RunRecord, runSchema } from '#backups/operations/run-record'

type RunState = 'failed' | 'running' | 'did not end'

/** A run that left no backup, or left one that is not proven. */
export interface UnprovenRun extends Pick<RunRecord, 'source' | 'startedAt' | 'endedAt' | 'host' | 'code'> {
  id: BackupId
  state: RunState
  /** True when the run left a backup. */
  hasBackup: boolean
  reason: string
}

export interface UnprovenRuns {
  /** Newest first. Reads at most the newest hundred runs without a backup. */
  runs: UnprovenRun[]
  /** Number of further runs without a backup. */
  more: number
}

export interface RunWatch {
  now: Date
  /** True while the run's process exists; undefined when this machine cannot know. */
  isAlive: (at: RunHost) => boolean | undefined
}

const READ_MAX = 100
const READS_AT_ONCE = 8
/** Longer than any backup takes. */
const RUNNING_MS_MAX = 24 * 60 * 60 * 1000

/** @param entries backups of the same source @throws AppError STORAGE_UNAVAILABLE */
export async function listUnprovenRuns(
  store: CatalogStore,
  { source, entries }: { source: string; entries: readonly BackupEntry[] },
  watch: RunWatch,
): Promise<UnprovenRuns> {
  const keys = (await store.listKeys(`${source}/`)).filter(isRunKey)
  const recorded = new Set(keys.map((key) => parseBackupKey(key)?.id as BackupId))
  const unproven = entries.filter(({ id, state }) => state !== 'verified' && recorded.has(id)).map(({ id }) => id)
  const backups = new Set(entries.map(({ id }) => id))
  const failed = [...recorded]
    .filter((id) => !backups.has(id))
    .sort()
    .toReversed()
  const limit = pLimit(READS_AT_ONCE)
  const read = [...failed.slice(0, READ_MAX), ...unproven].sort().toReversed()
  const runs = await Promise.all(
    read.map((id) =>
      limit(async () => {
        const record = await readRecord(store, buildBackupKeys(source, id).run)
        return record && describeRun(record, backups.has(id), watch)
      }),
    ),
  )
  return { runs: runs.filter((run) => run !== undefined), more: Math.max(0, failed.length - READ_MAX) }
}

/** Returns undefined for a run that ended well; its backup says the rest. */
export function describeRun(record: RunRecord, hasBackup: boolean, watch: RunWatch): UnprovenRun | undefined {
  const { backupId: id, source, startedAt, endedAt, host, code, outcome } = record
  if (outcome === 'done' && hasBackup) return undefined
  const state = outcome === undefined ? judgeState(record, watch) : 'failed'
  const reason = outcome === 'done' ? 'it succeeded, but its manifest is missing' : (record.reason ?? SAID[state])
  const known = { ...(endedAt === undefined ? {} : { endedAt }), ...(code === undefined ? {} : { code }) }
  return { id, source, startedAt, host, state, hasBackup, reason, ...known }
}

const SAID: Record<RunState, string> = {
  failed: 'it failed',
  running: 'it has not recorded its end yet',
  'did not end': 'it was killed, or its machine went down',
}

/** The run's clock may differ from ours: a start a day ahead counts like one a day ago. */
function judgeState(record: RunRecord, { now, isAlive }: RunWatch): RunState {
  if (isAlive(record) === false) return 'did not end'
  if (record.deadline !== undefined && Date.parse(record.deadline) < now.getTime()) return 'did not end'
  const sinceMs = Math.abs(now.getTime() - Date.parse(record.startedAt))
  return sinceMs < RUNNING_MS_MAX ? 'running' : 'did not end'
}

/** Returns undefined for a record of an unknown version. */
export async function readRecord(store: Pick<CatalogStore, 'getJson'>, key: string): Promise<RunRecord | undefined> {
  try {
    return z.safeParse(runSchema, await store.getJson(key)).data
  } catch (error) {
    if (error instanceof AppError && error.code === 'BACKUP_DAMAGED') return undefined
    throw error
  }
}
