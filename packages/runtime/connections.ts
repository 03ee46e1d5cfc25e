/** Opens what requests and batches share: the database, Redis, and the limits that Redis counts. */
import { createDatabase } from '#db/client'
import { createRedis } from '#redis/client'
import { type ProcessContext, getDatabaseUrl } from '#runtime/process-context'
import type { Telemetry } from '#runtime/telemetry'
import { getResource } from '#runtime/resources'
import type { Reporter } from '#runtime/sentry'
import { createBatchingRedis, createSharedLimits } from '#runtime/shared-limits'

/** One request uses a few connections side by side, and an instance serves few requests at once. */
const CONNECTIONS = 4
const REDIS_TIMEOUT_MS = 1_000

export interface ConnectionsDeps {
  telemetry: Telemetry
  reporter: Reporter
  /** Limit of a single statement. */
  statementTimeoutMs: number
}

export type Connections = ReturnType<typeof createConnections>

export function createConnections(
  context: ProcessContext,
  { telemetry, reporter, statementTimeoutMs }: ConnectionsDeps,
) {
  const db = createDatabase({
    url: getDatabaseUrl(context.settings),
    maxConnections: CONNECTIONS,
    statementTimeoutMs,
  })
  const redis = createRedis({ ...getResource('Redis'), timeoutMs: REDIS_TIMEOUT_MS })
  const batchingRedis = createBatchingRedis()
  const shared = telemetry.shareCounters(batchingRedis)
  const limits = createSharedLimits(context, { redis: batchingRedis, metrics: telemetry.metrics, shared, reporter })
  return { db, redis, batchingRedis, shared, limits }
}
