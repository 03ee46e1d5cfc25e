/** What requests and batches have in common: the database, Redis, and the limits that it keeps. */
import { createDatabase } from '#db/client'
import { createRedis } from '#redis/client'
import { type Base, databaseUrl } from '#runtime/process-context'
import type { Metering } from '#runtime/metering'
import { resource } from '#runtime/resources'
import type { Reporter } from '#runtime/sentry'
import { createQuickRedis, createSharedLimits } from '#runtime/shared-limits'

/** A request and what it scans run side by side; a function serves few requests at once. */
const CONNECTIONS = 4
const REDIS_TIMEOUT_MS = 1_000

export interface PartsDeps {
  metering: Metering
  reporter: Reporter
  /** How long a statement may take here. */
  statementTimeoutMs: number
}

export type Parts = ReturnType<typeof createParts>

export function createParts(base: Base, { metering, reporter, statementTimeoutMs }: PartsDeps) {
  const db = createDatabase({
    url: databaseUrl(base.settings),
    maxConnections: CONNECTIONS,
    statementTimeoutMs,
  })
  const redis = createRedis({ ...resource('Redis'), timeoutMs: REDIS_TIMEOUT_MS })
  const quickRedis = createQuickRedis()
  const shared = metering.share(quickRedis)
  const limits = createSharedLimits(base, { redis: quickRedis, metrics: metering.metrics, shared, reporter })
  return { db, redis, quickRedis, shared, limits }
}
