/**
 * Records a run beside its backup, or instead of one: when, where and why it ran, without data. The record is written
 * when the run begins and again when it ends, so that a record without an end marks a killed run.
 */
import * as z from 'zod/mini'
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import { redactUrls } from '#platform/redact-urls'
import { type BackupId, isBackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'

const RUN_VERSION = 1

export const runSchema = z.object({
  version: z.literal(RUN_VERSION),
  backupId: z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value)),
  source: z.string(),
  startedAt: z.iso.datetime(),
  host: z.string(),
  pid: z.int(),
  toolVersion: z.string(),
  /** Time at which the runner stops it, such as a Lambda timeout. */
  deadline: z.optional(z.iso.datetime()),
  /** Absent while it runs, and for good when it was killed. */
  endedAt: z.optional(z.iso.datetime()),
  outcome: z.optional(z.enum(['done', 'failed'])),
  /** Error code of the failure. */
  code: z.optional(z.string()),
  reason: z.optional(z.string()),
})

export type RunRecord = z.infer<typeof runSchema>

/** Host and process of a run. */
export interface RunHost {
  host: string
  pid: number
}

export interface RunAbout extends RunHost {
  id: BackupId
  source: string
  toolVersion: string
  deadline?: Date | undefined
}

export interface RecordDeps {
  store: Pick<ObjectStore, 'putJson'>
  clock: Clock
}

/** A store that does not accept the record within this time may still accept the backup. */
const PATIENCE_MS = 10_000

/**
 * Runs `work` between the record's two writes. A failed record does not fail the backup; when the run fails too, its
 * error mentions the record.
 */
export async function recordRun<T>(deps: RecordDeps, about: RunAbout, work: () => Promise<T>): Promise<T> {
  const begun = createRecord(about, deps.clock.now())
  const refusal = await keep(deps, begun)
  try {
    const result = await work()
    if (refusal === undefined) await keep(deps, { ...begun, ...stampEnd(deps.clock), outcome: 'done' })
    return result
  } catch (error) {
    throw await withRecord(deps, begun, error, refusal)
  }
}

/** Records a run that failed before it began. Returns the error to throw. */
export function recordFailure(deps: RecordDeps, about: RunAbout, error: unknown): Promise<unknown> {
  return withRecord(deps, createRecord(about, deps.clock.now()), error, undefined)
}

/** `refusal`: why the store refused the first record. The second write is then skipped. */
async function withRecord(deps: RecordDeps, begun: RunRecord, error: unknown, refusal: string | undefined) {
  const failed = { ...begun, ...stampEnd(deps.clock), outcome: 'failed', ...describeFailure(error) } as const
  const unkept = refusal ?? (await keep(deps, failed))
  if (unkept === undefined || !(error instanceof AppError)) return error
  const why = error.message.includes(unkept) ? ' for the same reason' : `: ${unkept}`
  const message = `${error.message}; Hunter could not save a record of this run either${why}`
  return new AppError(error.code, message, { cause: error, ...(error.details ? { details: error.details } : {}) })
}

function createRecord({ id, source, host, pid, toolVersion, deadline }: RunAbout, now: Date): RunRecord {
  const until = deadline === undefined ? {} : { deadline: deadline.toISOString() }
  const startedAt = now.toISOString()
  return { version: RUN_VERSION, backupId: id, source, startedAt, host, pid, toolVersion, ...until }
}

const stampEnd = (clock: Clock) => ({ endedAt: clock.now().toISOString() })

const REASON_LENGTH_MAX = 500

export function describeFailure(error: unknown): { code: string; reason: string } {
  const code = error instanceof AppError ? error.code : 'INTERNAL'
  const [line = ''] = redactUrls(getErrorMessage(error)).split('\n')
  return { code, reason: line.slice(0, REASON_LENGTH_MAX) }
}

/** Returns why the record was not stored, if so. */
async function keep({ store }: RecordDeps, record: RunRecord): Promise<string | undefined> {
  const key = buildBackupKeys(record.source, record.backupId).run
  const late = Promise.withResolvers<string>()
  const timer = setTimeout(() => late.resolve(`no answer came within ${PATIENCE_MS / 1000} s`), PATIENCE_MS)
  const kept = store.putJson(key, record).then(() => undefined, getErrorMessage)
  return Promise.race([kept, late.promise]).finally(() => clearTimeout(timer))
}
