/** Limits that all functions share. Every function uses the same names, or each would count on its own. */
import type { Redis } from '@upstash/redis'
import { formatEmfLine } from '#platform/metrics/emf'
import { AppError } from '#platform/errors'
import { INSTANCES_MAX } from '#deployment/instances'
import { BREAKER_METRIC } from '#platform/metrics/metric-table'
import type { Metrics } from '#platform/metrics/metrics'
import { type Breaker, type BreakerDeps, createBreaker } from '#redis/breaker'
import { createRedis } from '#redis/client'
import { countDecisions } from '#redis/limiter-metrics'
import { createLimiter, type RequestLimiter, type Limiter } from '#redis/limiter'
import { createSharedBreaker } from '#redis/shared-breaker'
import type { SharedCounters } from '#redis/shared-counters'
import type { ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'
import type { Reporter } from '#runtime/sentry'
import type { Settings } from '#runtime/settings'

/** A request waits for its limits, so a Redis that takes longer counts as down. */
const LIMIT_TIMEOUT_MS = 250

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

interface SharedLimits {
  dns: Limiter
  /** One limit per registry. */
  registry: Limiter
  /** Both once more with half the tokens, on the same counts, for what may wait. */
  background: { dns: Limiter; registry: Limiter }
  /** Request limits: per address without a key, per address with an unknown key, and per key. */
  ip: RequestLimiter
  failedKey: RequestLimiter
  key: RequestLimiter
  breaker: Breaker
  /** Prints once a minute that the breaker is open: an alarm reads silence as closed. */
  repeatBreakerMetric: () => void
}

/** Sends commands of the same moment in one request, with a short timeout, for callers that cannot wait. */
export function createBatchingRedis(): Redis {
  return createRedis({ ...getResource('Redis'), timeoutMs: LIMIT_TIMEOUT_MS, batching: true })
}

interface SharedLimitsDeps {
  redis: Redis
  metrics: Metrics
  /** Sends its counters along with the limits' commands. */
  shared: Pick<SharedCounters, 'piggyback'>
  reporter: Reporter
}

export function createSharedLimits(
  context: ProcessContext,
  { redis, metrics, shared, reporter }: SharedLimitsDeps,
): SharedLimits {
  const { settings, clock, log } = context
  let saidAtMs = 0
  const say = (isOpen: boolean) => {
    saidAtMs = clock.now().getTime()
    printBreaker(context, isOpen)
  }
  const onChange: BreakerDeps['onChange'] = ({ open, problem }) => {
    metrics.count('hunter_breaker_changes_total', { to: open ? 'open' : 'closed' })
    say(open)
    if (open) reportOpen(reporter, problem)
  }
  const breaker = createBreaker({ clock, log, shared: createSharedBreaker(redis), onChange })
  const deps = { redis, clock, breaker, onSend: () => shared.piggyback() }
  const limiter = (name: LimitName, tokens: number, windowMs: number) =>
    countDecisions(
      createLimiter(deps, { name, tokens, windowMs, instances: instancesMax(settings, name) }),
      metrics,
      name,
    )
  return {
    dns: limiter('dns', settings.HUNTER_DNS_LIMIT_PER_SECOND, SECOND_MS),
    registry: limiter('registry', settings.HUNTER_WHOIS_LIMIT_PER_SECOND, SECOND_MS),
    background: {
      dns: limiter('dns', halve(settings.HUNTER_DNS_LIMIT_PER_SECOND), SECOND_MS),
      registry: limiter('registry', halve(settings.HUNTER_WHOIS_LIMIT_PER_SECOND), SECOND_MS),
    },
    ip: limiter('ip', settings.HUNTER_IP_LIMIT_PER_MINUTE, MINUTE_MS),
    failedKey: limiter('failed_key', settings.HUNTER_FAILED_KEY_LIMIT_PER_MINUTE, MINUTE_MS),
    key: limiter('key', settings.HUNTER_KEY_LIMIT_PER_MINUTE, MINUTE_MS),
    breaker,
    repeatBreakerMetric: () => {
      if (breaker.isOpen() && clock.now().getTime() - saidAtMs >= MINUTE_MS) say(true)
    },
  }
}

const halve = (tokens: number) => Math.max(1, Math.floor(tokens / 2))

type LimitName = 'dns' | 'registry' | 'ip' | 'failed_key' | 'key'

/**
 * Each instance grants its share of a limit while Redis is down. Only the API takes requests; a laptop runs one of
 * each.
 */
function instancesMax({ HUNTER_ENV, HUNTER_API_INSTANCES }: Settings, name: LimitName): number {
  const deployed = { api: HUNTER_API_INSTANCES, worker: INSTANCES_MAX.worker }
  const { api, worker } = HUNTER_ENV === 'local' ? { api: 1, worker: 1 } : deployed
  return name === 'dns' || name === 'registry' ? api + worker : api
}

/** Sends the developers one tagged event beside the log line. */
function reportOpen(reporter: Reporter, problem: string): void {
  const cause = new Error(problem)
  const event = new AppError('REDIS_UNAVAILABLE', 'limits are kept in memory: Redis does not answer', { cause })
  reporter.report(event, { degraded: 'true' })
}

function printBreaker({ clock }: ProcessContext, isOpen: boolean): void {
  const { namespace, name } = BREAKER_METRIC
  const metrics = [{ name, unit: 'Count' as const, value: isOpen ? 1 : 0 }]
  const line = formatEmfLine({ namespace, at: clock.now(), dimensions: { Stage: getResource('App').stage }, metrics })
  process.stdout.write(`${line}\n`)
}
