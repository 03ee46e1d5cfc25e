import type { Hono } from 'hono'
import { checkParts, type ReadinessDeps } from '#api/health/readiness'
import { chooseHealthTable, type MetricsAccess } from '#api/health/table'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { mountRoutes } from '#api/middleware/mount-routes'
import { AppError } from '#platform/errors'
import { PROMETHEUS_TYPE } from '#platform/metrics/prometheus'

export interface HealthRouteDeps {
  readiness: ReadinessDeps
  /** Returns the metrics in Prometheus's text format. Never throws. */
  metricsText: () => Promise<string>
  metricsAccess: MetricsAccess
}

/** Readiness and startup need no key, so their answers name parts and states and nothing else. */
export function createHealthRoutes({ readiness, metricsText, metricsAccess }: HealthRouteDeps): Hono<ApiEnv> {
  return mountRoutes(chooseHealthTable(metricsAccess), {
    checkReady: async (c) => {
      const { parts, down, isReady } = await checkParts(readiness)
      const isDown = `${down.join(', ')} down`
      if (!isReady) throw new AppError('NOT_READY', `not ready: ${isDown}`, { details: { parts } })
      const status = down.length > 0 ? 'degraded' : 'ready'
      return sendData(c, { status, parts }, { message: down.length > 0 ? isDown : 'ready' })
    },

    checkStartup: async (c) => {
      if (!(await readiness.isMigrated())) throw new AppError('NOT_READY', 'the database is not migrated')
      return sendData(c, { status: 'started' }, { message: 'started' })
    },

    readMetrics: async (c) =>
      c.text(await metricsText(), 200, { 'Content-Type': PROMETHEUS_TYPE, 'Cache-Control': 'no-store' }),
  })
}
