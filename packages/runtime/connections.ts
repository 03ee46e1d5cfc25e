/** What requests and batches have in common: the database, Redis, and the limits that it keeps. */
import { createDatabase } from '#db/client'
import { createRedis } from '#redis/client'
import { type ProcessContext, getDatabaseUrl } from '#runtime/process-context'
import type { Telemetry } from '#runtime/telemetry'
import { getResource } from '#runtime/resources'
import type { Reporter } from '#runtime/sentry'
import { createBatchingRedis, createSharedLimits } from '#runtime/shared-limits'

/** A request and what it scans run side by side; a function serves few requests at once. */
const CONNECTIONS = 4
const REDIS_TIMEOUT_MS = 1_000

export interface ConnectionsDeps {
  telemetry: Telemetry
  reporter: Reporter
  /** How long a statement may take here. */
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
