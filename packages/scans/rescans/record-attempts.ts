/** What becomes of a lead that the schedule took up and could not scan. */
import { sql } from 'drizzle-orm'
import type { Transaction } from '#db/transaction'
import { PUT_BACK } from '#scans/rescans/give-way'
import type { AppError } from '#platform/errors'
import type { Domain } from '#signals/normalise'

/** Further failures make a lead wait no longer than this one: 128 days. */
export const FAILURES_MAX = 8

interface Attempt {
  domain: Domain
  failure?: AppError
}

/**
 * A lead that got no turn is due as before. One that failed waits a day, then two, then four. Another scan that answered
 * meanwhile has ended the claim, and stays.
 */
export async function recordAttempts(tx: Transaction, attempts: readonly Attempt[], now: Date): Promise<void> {
  const failed = attempts.filter(({ failure }) => failure)
  if (failed.length === 0) return
  const domains = failed.map(({ domain }) => domain)
  const isPutBack = failed.map(({ failure }) => failure?.code === PUT_BACK)
  const at = sql`${now.toISOString()}::timestamptz`
  await tx.execute(sql`
    update scans s
       set next_scan_at = case
             when not put_back then ${at} + interval '24 hours' * 2 ^ least(scan_failures, ${FAILURES_MAX - 1})
             when scan_failures > 0 then ${at}
           end,
           scan_failures = case when put_back then scan_failures else least(scan_failures + 1, ${FAILURES_MAX}) end
      from unnest(${sql.param(domains)}::text[], ${sql.param(isPutBack)}::boolean[]) as attempt (domain, put_back)
      join companies c on c.domain = attempt.domain
     where s.company_id = c.id and s.next_scan_at is not null`)
}
