import type { Hono } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { type IdempotencyDeps, withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { referralTable } from '#api/referrals/table'
import { runInTransaction } from '#db/transaction'
import { formatCount } from '#platform/count-text'
import { recordSync, type SyncHold, type SyncRun } from '#referrals/sync-run'

export interface ReferralRouteDeps extends IdempotencyDeps {
  /** Reads until then at the latest. */
  syncReferrals: (until: Date) => Promise<SyncRun>
}

/** The function has 25 s: what is left serves a last page and the answer. */
const RUN_MS = 15_000

export function createReferralRoutes(deps: ReferralRouteDeps): Hono<ApiEnv> {
  return mountRoutes(referralTable, {
    syncReferrals: (c) =>
      withIdempotencyKey<SyncRun, SyncRun>(c, deps, {
        run: async (keep) => {
          const run = await deps.syncReferrals(new Date(deps.clock.now().getTime() + RUN_MS))
          await runInTransaction(deps.db, async (tx) => {
            await recordSync(tx, run, buildAuditContext(c))
            await keep(tx, run)
          })
          return run
        },
        recall: async (run) => run,
        answer: async (run) => sendData(c, run, { message: describeRun(run) }),
      }),
  })
}

const HOLDS: Record<SyncHold, string> = {
  not_connected: 'nothing was read: there is no sign-in yet',
  sign_in: 'nothing was read: Microsoft refuses the sign-in',
  throttled: 'nothing was read: Partner Center asked for a pause',
  other_run: 'another sync is at work',
}

function describeRun({ hold, changed }: SyncRun): string {
  return hold ? HOLDS[hold] : `${formatCount(changed, 'referral')} new or changed`
}
