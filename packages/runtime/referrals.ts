/** Wires the referrals of Partner Center: for the schedule, the API and the command. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from 'aws-lambda'
import { v7 } from 'uuid'
import { createDatabase, type Database } from '#db/client'
import { readOverrides } from '#leads/provider-overrides'
import { formatEmfLine } from '#platform/metrics/emf'
import { REFERRAL_METRICS } from '#platform/metrics/metric-table'
import { type ConnectionDeps, findConnection } from '#referrals/connection'
import type { SignInDeps } from '#referrals/sign-in'
import { measureHealth, type SyncHealth } from '#referrals/sync-status'
import { syncReferrals } from '#referrals/sync-referrals'
import type { SyncRun } from '#referrals/sync-run'
import { getDeadline } from '#runtime/deadline'
import { getDatabaseUrl, getProcessContext, type ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'
import { createReporter } from '#runtime/sentry'
import { VERSION } from '#runtime/version'
import { AppError } from '#platform/errors'
import { planBatches } from '#scans/bulk/batch-limits'
import type { BatchQueue } from '#scans/bulk/batch-message'

const LOGIN = 'https://login.microsoftonline.com'
const API = 'https://api.partner.microsoft.com'

/** What signs in to Partner Center; a deployed production knows no other address than Microsoft's. */
export function createPartnerDeps({ settings, clock }: ProcessContext, db: Database): ConnectionDeps & SignInDeps {
  const { HUNTER_ENV, HUNTER_PARTNER_URL } = settings
  const standIn = HUNTER_ENV === 'live' ? undefined : HUNTER_PARTNER_URL
  return {
    db,
    clock,
    secrets: { pepper: getResource('KeyPepper').value, randomBytes: (count) => randomBytes(count) },
    urls: { login: standIn ?? LOGIN, api: standIn ?? API },
    wait: (ms) => pause(ms),
    random: Math.random,
  }
}

/** Returns one sync. `queue` is loaded with the first scan. */
export function createSync(context: ProcessContext, db: Database): (until: Date) => Promise<SyncRun> {
  const { HUNTER_DNS_LIMIT_PER_SECOND: dnsPerSecond, HUNTER_SCAN_BUDGET_MS: scanBudgetMs } = context.settings
  const { size: batchSize } = planBatches({ dnsPerSecond, scanBudgetMs })
  const partner = createPartnerDeps(context, db)
  const queue: BatchQueue = {
    send: async (messages) => (await import('#runtime/scan-queues')).createScanQueue().send(messages),
  }
  return async (until) => {
    const overrides = await readOverrides(db)
    return syncReferrals({ ...partner, queue, newId: v7, batchSize, overrides }, until)
  }
}

const STATEMENT_TIMEOUT_MS = 10_000
/** How long a run outside Lambda reads. */
const RUN_MS = 90_000

/** What a person or time must put right: another try of the run would not. */
const AWAITED = ['PARTNER_SIGN_IN_EXPIRED', 'PARTNER_CENTER_UNAVAILABLE', 'PARTNER_CENTER_REFUSED']

/** Returns the handler that the schedule calls. */
export function createReferrals(): (event?: unknown, lambdaContext?: Context) => Promise<SyncRun | null> {
  const context = getProcessContext('referrals')
  const { settings, clock, log } = context
  const reporter = createReporter(settings, VERSION, log)
  const url = getDatabaseUrl(settings)
  const db = createDatabase({ url, maxConnections: 2, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const sync = createSync(context, db)
  return async (_event, lambdaContext) => {
    const until = getDeadline(context, lambdaContext) ?? new Date(clock.now().getTime() + RUN_MS)
    try {
      const run = await sync(until)
      log[run.seen > 0 ? 'info' : 'debug']('referrals', { ...run })
      await printHealth(context, db, run)
      return run
    } catch (error) {
      log.error('referrals_failed', { error })
      const isAwaited = error instanceof AppError && AWAITED.includes(error.code)
      if (!isAwaited) {
        reporter.report(error, { function: 'referrals' })
        await reporter.flush()
      }
      await printHealth(context, db)
      if (isAwaited) return null
      throw error
    }
  }
}

async function printHealth({ settings, clock }: ProcessContext, db: Database, run?: SyncRun): Promise<void> {
  if (settings.HUNTER_LOG_LEVEL === 'silent') return
  const { signedOut, behindSeconds }: SyncHealth = measureHealth(await findConnection(db), clock.now())
  const { namespace, ...names } = REFERRAL_METRICS
  const line = formatEmfLine({
    namespace,
    at: clock.now(),
    dimensions: { Stage: getResource('App').stage },
    metrics: [
      { name: names.signedOut, unit: 'Count', value: signedOut ? 1 : 0 },
      { name: names.behind, unit: 'Seconds', value: behindSeconds },
      { name: names.seen, unit: 'Count', value: run?.seen ?? 0 },
      { name: names.skipped, unit: 'Count', value: run?.skipped ?? 0 },
    ],
  })
  process.stdout.write(`${line}\n`)
}
