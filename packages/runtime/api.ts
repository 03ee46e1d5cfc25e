/** Wires the API to what the infrastructure links. AWS clients are loaded by the first request that needs them. */
import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import { createApp } from '#api/app'
import type { HealthPart } from '#api/routes/health'
import { createKeyVerifier } from '#api/keys'
import { type Database, pingDatabase } from '#db/client'
import { isMigrated } from '#db/revision'
import type { Redis } from '@upstash/redis'
import type { Breaker } from '#redis/breaker'
import { baseOf } from '#runtime/base'
import { resource } from '#runtime/resources'
import { createScans } from '#runtime/scans'
import { createReporter } from '#runtime/sentry'
import { REQUEST_WINDOW_MS } from '#runtime/shared-limits'
import { VERSION } from '#runtime/version'
import type { BatchQueue, DeadLetters } from '#scans/batch-message'

/** The caller waits: with the scan's own budget this stays below the gateway's limit. */
const TURN_WAIT_MS = 5_000
const CHECK_TIMEOUT_MS = 2_000

export function createApi() {
  const base = baseOf('api')
  const { settings, log, clock } = base
  const reporter = createReporter(settings, VERSION, log)
  const made = createScans(base, { turnWaitMs: TURN_WAIT_MS, reporter })
  const { scans, redis, limits, metering, plan, endInvocation } = made
  const { db } = scans
  const keyDeps = {
    db,
    clock,
    pepper: resource('KeyPepper').value,
    env: settings.HUNTER_ENV,
    randomBytes: (count: number) => randomBytes(count),
  }
  const app = createApp({
    ...scans,
    ...lazyQueues(),
    batchSize: plan.size,
    keys: createKeyVerifier(keyDeps),
    keyDeps,
    ipLimiter: limits.ip,
    keyLimiter: limits.key,
    limitWindowMs: REQUEST_WINDOW_MS,
    log,
    newId: v7,
    health: {
      parts: healthParts(db, redis, limits.breaker),
      isMigrated: () => isMigrated(db),
      timeoutMs: CHECK_TIMEOUT_MS,
    },
    metrics: metering.metrics,
    metricsText: () => metering.text(limits.breaker.isOpen()),
    metricsAccess: settings.HUNTER_METRICS,
    version: VERSION,
    corsOrigins: settings.HUNTER_CORS_ORIGINS,
    report: (error, tags) => reporter.report(error, { ...tags, degraded: String(limits.breaker.isOpen()) }),
  })
  return { app, endInvocation }
}

function lazyQueues(): { queue: BatchQueue; deadLetters: DeadLetters } {
  const load = () => import('#runtime/scan-queues')
  const queue = lazy(async () => (await load()).createScanQueue())
  const deadLetters = lazy(async () => (await load()).createScanDeadLetters())
  return {
    queue: { send: async (messages) => (await queue()).send(messages) },
    deadLetters: {
      receive: async () => (await deadLetters()).receive(),
      remove: async (letters) => (await deadLetters()).remove(letters),
    },
  }
}

function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}

function healthParts(db: Database, redis: Redis, breaker: Breaker): HealthPart[] {
  return [
    { name: 'database', essential: true, check: () => pingDatabase(db) },
    { name: 'redis', essential: false, check: () => redis.ping() }, // without it limits are kept in memory
    { name: 'shared limits', essential: false, check: () => checkShared(breaker) },
    { name: 'storage', essential: false, check: checkStorage },
    { name: 'queue', essential: false, check: checkQueue },
  ]
}

/** Redis may answer again while the breaker still keeps the requests away from it. */
async function checkShared(breaker: Breaker): Promise<void> {
  if (breaker.isOpen()) throw new Error('limits are kept in memory')
}

const checkStorage = async () => (await import('#runtime/aws-checks')).checkStorage()
const checkQueue = async () => (await import('#runtime/aws-checks')).checkQueue()
