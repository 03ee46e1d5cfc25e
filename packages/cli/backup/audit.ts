/**
 * Writes who changed which backup or database into the audit trail of the stack's database, or of the place when there
 * is no stack. A restore replaces the database, so each entry goes into the one that is live at that moment.
 */
import { randomBytes } from 'node:crypto'
import { writeTrail } from '#backups/operations/audit-trail'
import type { ObjectStore } from '#backups/store/object-store'
import { describeFailure } from '#backups/operations/run-record'
import { type ActState, type AuditAction, type AuditedAct, recordAudit } from '#db/audit'
import { closeDatabase, createDatabase } from '#db/client'
import { getActor } from '#cli/actor'
import { systemClock } from '#platform/clock'
import { getErrorMessage } from '#platform/errors'
import { redactUrls } from '#platform/redact-urls'

export interface Trail {
  /** A database with a table for the trail; it comes first. */
  databaseUrl?: string | undefined
  /** The place, which takes what no database takes. */
  store?: Pick<ObjectStore, 'putJson'> | undefined
}

interface Act<T> {
  /** `restore` writes the entries `restore.started`, `restore.completed` and `restore.failed`. */
  noun: AuditedAct
  /** `backup:shop/20261120T030000Z-4f9c2a` */
  object: string
  details?: Record<string, unknown>
  /** Picks what of the result the trail records. */
  outcome?: (result: T) => Record<string, unknown>
}

/** Warns on standard error when an entry cannot be written: a missing entry must not stop a restore at night. */
export async function withAudit<T>(trail: Trail, act: Act<T>, work: () => Promise<T>): Promise<T> {
  const { noun, object, details = {}, outcome } = act
  const actor = getActor()
  const write = (state: ActState, more: Record<string, unknown>) =>
    keep(trail, { actor, action: `${noun}.${state}`, object, details: { ...details, ...more } })
  await write('started', {})
  try {
    const result = await work()
    await write('completed', outcome?.(result) ?? {})
    return result
  } catch (error) {
    await write('failed', describeFailure(error))
    throw error
  }
}

interface Entry {
  actor: string
  action: AuditAction
  object: string
  details: Record<string, unknown>
}

async function keep({ databaseUrl, store }: Trail, entry: Entry): Promise<void> {
  const refusals: string[] = []
  try {
    if (databaseUrl !== undefined) return await keepInDatabase(databaseUrl, entry)
    refusals.push('no database is attached')
  } catch (error) {
    refusals.push(getErrorMessage(error))
  }
  try {
    const at = systemClock.now().toISOString()
    if (store) return await writeTrail(store, { at, ...entry }, randomBytes(3).toString('hex'))
    refusals.push('no --from names a place')
  } catch (error) {
    refusals.push(getErrorMessage(error))
  }
  const why = redactUrls(refusals.join('; '))
  process.stderr.write(`warning: "${entry.action}" is missing from the audit trail: ${why}\n`)
}

const PATIENCE_MS = 10_000

async function keepInDatabase(url: string, entry: Entry): Promise<void> {
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: PATIENCE_MS })
  try {
    await recordAudit(db, entry)
  } catch (error) {
    throw (error as { cause?: unknown }).cause ?? error // the client's own message holds the values
  } finally {
    await closeDatabase(db)
  }
}
