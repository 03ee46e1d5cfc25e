/**
 * Which leads are due: those whose answer is old, and those whose own time has come. Two small indexes lead to them, so that
 * neither reads more rows than it returns, whatever the tables hold.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import type { Transaction } from '#db/transaction'
import { FAILURES_MAX } from '#scans/rescans/record-attempts'
import type { Domain } from '#signals/normalise'

const DAY_MS = 86_400_000

/** Longer than a job may take: one that was lost returns its leads by then. */
const CLAIM_MS = DAY_MS

/** No lead waits longer: a later time was set while a clock was wrong. */
const WAIT_MS_MAX = DAY_MS * (2 ** (FAILURES_MAX - 1) + 1)

interface Due {
  now: Date
  everyDays: number
}

/**
 * Takes up to `limit` due leads, the oldest answers first, so that no other run takes them. A lead that is being scanned or
 * erased meanwhile is left out. A scan that answers ends the claim, and so does a day.
 */
export async function claimDue(tx: Transaction, due: Due, limit: number): Promise<Domain[]> {
  const { rows } = await tx.execute<{ domain: Domain }>(sql`
    with chosen as materialized (${selectDue(due, limit)}),
    held as materialized (
      select s.company_id, c.domain, s.scanned_at
        from chosen
        join scans s using (company_id)
        join companies c on c.id = s.company_id
       where ${isDue(due)}
         for no key update of s skip locked
         for key share of c skip locked
    ),
    claimed as (
      update scans s set next_scan_at = ${addMs(due.now, CLAIM_MS)}
        from held where s.company_id = held.company_id
    )
    select domain from held order by scanned_at, company_id`)
  return rows.map(({ domain }) => domain)
}

/** Each part walks its index as far as it needs. */
function selectDue(due: Due, limit: number): SQL {
  const { aged, waited, wrong } = listConditions(due)
  return sql`
    select company_id, scanned_at from (
      (select company_id, scanned_at from scans s where ${aged} order by scanned_at, company_id limit ${limit})
      union all
      (select company_id, scanned_at from scans s where ${waited} order by next_scan_at, company_id limit ${limit})
      union all
      (select company_id, scanned_at from scans s where ${wrong} order by next_scan_at, company_id limit ${limit})
    ) due order by scanned_at, company_id limit ${limit}`
}

function isDue(due: Due): SQL {
  const { aged, waited, wrong } = listConditions(due)
  return sql`(${aged} or ${waited} or ${wrong})`
}

function listConditions({ now, everyDays }: Due): { aged: SQL; waited: SQL; wrong: SQL } {
  return {
    aged: sql`s.next_scan_at is null and s.scanned_at <= ${addMs(now, -everyDays * DAY_MS)}`,
    waited: sql`s.next_scan_at <= ${toTime(now)}`,
    wrong: sql`s.next_scan_at > ${addMs(now, WAIT_MS_MAX)} and s.next_scan_at < 'infinity'`,
  }
}

export interface Backlog {
  /** Leads that are due, counted up to `COUNTED_MAX` and one more. */
  due: number
  /** How long the one that waits longest has been due; 0: none is. */
  behindSeconds: number
}

const COUNTED_MAX = 10_000

export async function measureBacklog(db: Queryable, due: Due): Promise<Backlog> {
  const { aged, waited } = listConditions(due)
  const some = sql.raw(String(COUNTED_MAX + 1))
  const { rows } = await db.execute<{ due: number; since: Date | null }>(sql`
    select least(${some},
             (select count(*) from (select from scans s where ${aged} order by scanned_at, company_id limit ${some}) one)
             + (select count(*) from (select from scans s where ${waited} order by next_scan_at, company_id limit ${some}) other))::int as due,
           least(
             (select scanned_at from scans s where ${aged} order by scanned_at, company_id limit 1)
               + make_interval(hours => ${24 * due.everyDays}),
             (select next_scan_at from scans s where ${waited} order by next_scan_at, company_id limit 1)) as since`)
  const [row] = rows
  const sinceMs = row?.since ? new Date(row.since).getTime() : due.now.getTime()
  return { due: row?.due ?? 0, behindSeconds: Math.max(0, Math.round((due.now.getTime() - sinceMs) / 1_000)) }
}

function addMs(at: Date, ms: number): SQL {
  return toTime(new Date(at.getTime() + ms))
}

function toTime(at: Date): SQL {
  return sql`${at.toISOString()}::timestamptz`
}
