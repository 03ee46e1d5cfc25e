/** Builds everything a scan depends on. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createIpFactsStore } from '#leads/ip-facts'
import { createGenerationalCache } from '#redis/generational-cache'
import type { ProcessContext } from '#runtime/process-context'
import type { Telemetry } from '#runtime/telemetry'
import type { Connections } from '#runtime/connections'
import { createRegistrationLookUp } from '#runtime/registration'
import { planBatches } from '#scans/bulk/batch-limits'
import { createCurrentOverrides } from '#scans/cache/current-overrides'
import { createScanCache } from '#scans/cache/scan-cache'
import type { ScanDeps } from '#scans/scan-domain'
import { createPacer } from '#scans/dns-pacing'
import { createDns } from '#signals/dns/dns'
import { timeDns } from '#signals/dns/timed-dns'

interface ScanOptions {
  connections: Connections
  telemetry: Telemetry
  /** How long a scan may wait for its turn; default: as long as a batch may. */
  turnWaitMs?: number
}

/** Returns the scan's dependencies and the number of domains in a batch. */
export function createScanDeps(context: ProcessContext, { connections, telemetry, turnWaitMs }: ScanOptions) {
  const { settings, clock } = context
  const { db, redis, batchingRedis, limits } = connections
  const { HUNTER_DNS_LIMIT_PER_SECOND: dnsPerSecond, HUNTER_SCAN_BUDGET_MS: scanBudgetMs } = settings
  const plan = planBatches({ dnsPerSecond, scanBudgetMs })
  const { breaker } = limits
  const count = telemetry.countCache
  const registration = createRegistrationLookUp(context, { redis, breaker, count }, limits)
  const entries = createGenerationalCache({
    redis: batchingRedis,
    breaker,
    clock,
    log: context.log,
    newToken: randomUUID,
  })
  const scans: ScanDeps = {
    db,
    overrides: createCurrentOverrides({ db, clock }),
    dns: timeDns(
      createDns({
        servers: settings.HUNTER_DNS_SERVERS,
        queryTimeoutMs: settings.HUNTER_DNS_QUERY_TIMEOUT_MS,
        clock,
      }),
      (seconds) => telemetry.metrics.observe('hunter_dns_query_seconds', seconds),
    ),
    metrics: telemetry.metrics,
    pacer: createPacer({ limiter: limits.dns, background: limits.background.dns, clock, pause: (ms) => pause(ms) }),
    clock,
    ...(registration && { registration }),
    ...(settings.HUNTER_IP_ENRICHMENT === 'on' && { ipFacts: createIpFactsStore({ db, clock, log: context.log }) }),
    budgetMs: scanBudgetMs,
    turnWaitMs: turnWaitMs ?? plan.turnWaitMs,
    cache: createScanCache({ entries, clock, count, pause: (ms) => pause(ms), random: Math.random }),
  }
  return { ...scans, batchSize: plan.size }
}
