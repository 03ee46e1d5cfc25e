/** Makes what scans need. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createIpFactsStore } from '#leads/ip-facts'
import { createSubjectCache } from '#redis/generational-cache'
import type { Base } from '#runtime/process-context'
import type { Metering } from '#runtime/metering'
import type { Parts } from '#runtime/connections'
import { registrationOf } from '#runtime/registration'
import { planBatches } from '#scans/bulk/batch-limits'
import { createCurrentOverrides } from '#scans/cache/current-overrides'
import { createScanCache } from '#scans/cache/scan-cache'
import type { ScanDeps } from '#scans/scan-domain'
import { createTurns } from '#scans/dns-pacing'
import { createDns } from '#signals/dns/dns'
import { timeDns } from '#signals/dns/timed-dns'

interface ScanOptions {
  parts: Parts
  metering: Metering
  /** How long a scan may wait for its turn; absent: as long as a batch may. */
  turnWaitMs?: number
}

/** With the scans' own, how many domains a batch has. */
export function createScanDeps(base: Base, { parts, metering, turnWaitMs }: ScanOptions) {
  const { settings, clock } = base
  const { db, redis, quickRedis, limits } = parts
  const { HUNTER_DNS_LIMIT_PER_SECOND: dnsPerSecond, HUNTER_SCAN_BUDGET_MS: scanBudgetMs } = settings
  const plan = planBatches({ dnsPerSecond, scanBudgetMs })
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
  }
  return { ...scans, batchSize: plan.size }
}
