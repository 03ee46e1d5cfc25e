/** The schedule of rescans: how old an answer may become, how many domains a day, and whether it is paused. */
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database, Queryable } from '#db/client'
import { rescanSchedule } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'

export const EVERY_DAYS_MAX = 365
export const BUDGET_MAX = 1_000_000

export interface RescanSchedule {
  /** A lead is due when its answer is older. */
  everyDays: number
  /** Domains that may be taken up in a day. */
  budget: number
  /** IANA name: in which a day begins. */
  timezone: string
  paused: { since: Date; by: string } | null
  /** null: the defaults hold. */
  changed: { at: Date; by: string } | null
}

const DEFAULTS: RescanSchedule = {
  everyDays: 30,
  budget: 10_000,
  timezone: 'Europe/Istanbul',
  paused: null,
  changed: null,
}

export interface ScheduleChanges {
  everyDays?: number | undefined
  budget?: number | undefined
  timezone?: string | undefined
  paused?: boolean | undefined
}

export async function readSchedule(db: Queryable): Promise<RescanSchedule> {
  const [row] = await db.select().from(rescanSchedule)
  if (!row) return DEFAULTS
  const { everyDays, budget, timezone, pausedAt, pausedBy } = row
  const paused = pausedAt && pausedBy !== null ? { since: pausedAt, by: pausedBy } : null
  return { everyDays, budget, timezone, paused, changed: { at: row.changedAt, by: row.changedBy } }
}

/**
 * Changes what is given and leaves the rest. A run that is under way ends first, so that nothing starts once this returns a
 * paused schedule. A second pause keeps who paused it and when. A change to what holds already writes nothing.
 */
export async function changeSchedule(
  { db, clock }: { db: Database; clock: Clock },
  { paused, ...changes }: ScheduleChanges,
  { actor, requestId }: { actor: string; requestId?: string | undefined },
): Promise<RescanSchedule> {
  return runInTransaction(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
    const before = await readSchedule(tx)
    const now = clock.now()
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
    const pause = paused === undefined ? before.paused : paused ? (before.paused ?? { since: now, by: actor }) : null
    const after = { ...before, ...given, paused: pause, changed: { at: now, by: actor } }
    const details = { before: describeSchedule(before), after: describeSchedule(after) }
    if (isDeepStrictEqual(details.before, details.after)) return before
    await writeSchedule(tx, after)
    await recordAudit(tx, { actor, action: 'rescan_schedule.changed', object: 'rescan_schedule', details, requestId })
    return after
  })
}

async function writeSchedule(
  tx: Transaction,
  { paused, changed, ...rest }: RescanSchedule & { changed: { at: Date; by: string } },
): Promise<void> {
  const values = {
    ...rest,
    pausedAt: paused?.since ?? null,
    pausedBy: paused?.by ?? null,
    changedAt: changed.at,
    changedBy: changed.by,
  }
  await tx.insert(rescanSchedule).values(values).onConflictDoUpdate({ target: rescanSchedule.onlyRow, set: values })
}

/** As the audit log keeps it. */
function describeSchedule({ everyDays, budget, timezone, paused }: RescanSchedule): Record<string, unknown> {
  return { everyDays, budget, timezone, paused: paused !== null }
}

/** Runs of the schedule, and changes to it, come one after the other. */
const LOCK = sql`hashtextextended('hunter rescan schedule', 0)`

/** Returns false when another run, or a change, is under way. Holds the lock until the transaction ends. */
export async function tryLockSchedule(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.execute<{ locked: boolean }>(sql`select pg_try_advisory_xact_lock(${LOCK}) as locked`)
  return rows[0]?.locked ?? false
}
