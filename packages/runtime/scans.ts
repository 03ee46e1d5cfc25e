/** Makes what scans need, and the worker that takes their batches from the queue. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { createDatabase } from '#db/client'
import { createIpFactsStore } from '#leads/ip-facts'
import { createAssess } from '#leads/remembering-assess'
import { createMemoryCache } from '#platform/memory-cache'
import { createRedis } from '#redis/client'
import { createSubjectCache } from '#redis/subject-cache'
import { type Base, baseOf, databaseUrl } from '#runtime/base'
import { createMetering } from '#runtime/metering'
import { registrationOf } from '#runtime/registration'
import { resource } from '#runtime/resources'
import { createReporter, type Reporter } from '#runtime/sentry'
import { createQuickRedis, createSharedLimits } from '#runtime/shared-limits'
import { VERSION } from '#runtime/version'
import { COMMIT_TIMEOUT_MS, planBatches } from '#scans/batch-limits'
import { createCurrentOverrides } from '#scans/current-overrides'
import { type Retry, takeMessages } from '#scans/take-messages'
import type { ScanDeps } from '#scans/scan-domain'
import { createScanCache } from '#scans/scan-cache'
import { createTurns } from '#scans/turns'
import { createDns } from '#signals/dns'
import { timeDns } from '#signals/timed-dns'

/** A request and what it scans run side by side; a function serves few requests at once. */
const CONNECTIONS = 4
const STATEMENT_TIMEOUT_MS = 30_000
export const REDIS_TIMEOUT_MS = 1_000
/** Kept in memory, about 2 kB each. */
const JUDGEMENTS_MAX = 5_000

interface ScanOptions {
  /** How long a scan may wait for its turn; absent: as long as a batch may. */
  turnWaitMs?: number
  reporter: Reporter
}

export function createScans(base: Base, { turnWaitMs, reporter }: ScanOptions) {
  const { settings, clock } = base
  const { HUNTER_DNS_LIMIT_PER_SECOND: dnsPerSecond, HUNTER_SCAN_BUDGET_MS: scanBudgetMs } = settings
  const plan = planBatches({ dnsPerSecond, scanBudgetMs })
  const redis = createRedis({ ...resource('Redis'), timeoutMs: REDIS_TIMEOUT_MS })
  const db = createDatabase({
    url: databaseUrl(settings),
    maxConnections: CONNECTIONS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  })
  const quickRedis = createQuickRedis()
  const metering = createMetering(base, quickRedis)
  const limits = createSharedLimits(base, { redis: quickRedis, metering, reporter })
  const { breaker } = limits
  const count = metering.countCache
  const registration = registrationOf(base, { redis, breaker, count }, limits.registry)
  const entries = createSubjectCache({ redis: quickRedis, breaker, clock, log: base.log, newToken: randomUUID })
  const scans: ScanDeps = {
    db,
    overrides: createCurrentOverrides({ db, clock }),
    dns: timeDns(
      createDns({
        servers: settings.HUNTER_DNS_SERVERS,
        queryTimeoutMs: settings.HUNTER_DNS_QUERY_TIMEOUT_MS,
        clock,
      }),
      (seconds) => metering.metrics.observe('hunter_dns_query_seconds', seconds),
    ),
    metrics: metering.metrics,
    turns: createTurns({ limiter: limits.dns, clock, pause: (ms) => pause(ms) }),
    clock,
    ...(registration && { registration }),
    ...(settings.HUNTER_IP_ENRICHMENT === 'on' && { ipFacts: createIpFactsStore({ db, clock, log: base.log }) }),
    budgetMs: scanBudgetMs,
    turnWaitMs: turnWaitMs ?? plan.turnWaitMs,
    cache: createScanCache({ entries, clock, count, pause: (ms) => pause(ms), random: Math.random }),
    assess: createAssess(createMemoryCache({ clock, entriesMax: JUDGEMENTS_MAX, count })),
  }
  const endInvocation = async () => {
    metering.print()
    limits.repeatBreaker()
    await reporter.flush()
  }
  return { scans, redis, limits, metering, plan, endInvocation }
}

/** The handler of the scan queue. */
export function createBulkWorker(): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const base = baseOf('bulk-worker')
  const reporter = createReporter(base.settings, VERSION, base.log)
  const { scans, limits, metering, endInvocation } = createScans(base, { reporter })
  let retry: Promise<Retry> | undefined
  const deps = {
    ...scans,
    log: base.log,
    report: reporter.report,
    commit: { timeoutMs: COMMIT_TIMEOUT_MS },
    retry: async (...message: Parameters<Retry>) => (await (retry ??= loadRetry()))(...message),
    random: Math.random,
  }
  return async (event) => {
    const answer = await takeMessages(deps, event)
    if (!limits.breaker.isOpen()) await metering.shared.flush()
    await endInvocation()
    return answer
  }
}

const loadRetry = async () => (await import('#runtime/scan-retry')).createScanRetry()
