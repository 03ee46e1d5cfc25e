/**
 * The runtime package owns everything that touches the process: settings, clock, randomness, linked resources and AWS
 * clients. This file wires the API; the first request that needs a part loads it.
 */
import { v7 } from 'uuid'
import { createApp } from '#api/app'
import { createLazy } from '#platform/async/lazy'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'
import { PAGE_FOLDERS } from '#runtime/page-folders'
import { createTelemetry } from '#runtime/telemetry'
import type { RecordRoutes } from '#runtime/record-routes'
import { getResource } from '#runtime/resources'
import { createReporter } from '#runtime/sentry'
import type { Settings } from '#runtime/settings'
import { VERSION } from '#runtime/version'

/**
 * Together with the scan's own budget this stays below the function's 25 s. A caller whose database hangs gets an answer within
 * seconds, since a single statement has even less time.
 */
const DATABASE_BUDGET_MS = 8_000

/** @throws AppError SETTING_INVALID when a link is missing */
export function createApi() {
  const context = getProcessContext('api')
  const { settings, log, clock } = context
  checkLinks(settings)
  const reporter = createReporter(settings, VERSION, log)
  const telemetry = createTelemetry(context)
  let records: RecordRoutes | undefined // set once a request has needed them
  const loadRecords = createLazy(async () => {
    const { createRecordRoutes } = await import('#runtime/record-routes')
    records = createRecordRoutes(context, { telemetry, reporter })
    return records
  })
  const loadEngine = async () => {
    const [{ createEngineRoutes }, made] = await Promise.all([import('#runtime/engine-routes'), loadRecords()])
    return createEngineRoutes(context, { ...made, telemetry })
  }
  const loadBackups = async () => {
    const [{ loadBackupRoutes }, made] = await Promise.all([import('#runtime/backup-routes'), loadRecords()])
    return loadBackupRoutes(context, made)
  }
  const isDegraded = () => String(records?.connections.limits.breaker.isOpen() ?? false)
  const app = createApp({
    log,
    clock,
    newId: v7,
    metrics: telemetry.metrics,
    version: VERSION,
    databaseBudgetMs: DATABASE_BUDGET_MS,
    corsOrigins: settings.HUNTER_CORS_ORIGINS,
    report: (error, tags) => reporter.report(error, { ...tags, degraded: isDegraded() }),
    metricsAccess: settings.HUNTER_METRICS,
    loadAuthenticator: async () => (await loadRecords()).authenticator,
    loadRecords: async () => (await loadRecords()).routes,
    pageFolders: PAGE_FOLDERS,
    loadEngine,
    loadBackups,
  })
  const endInvocation = async () => {
    telemetry.print()
    records?.connections.limits.repeatBreakerMetric()
    await reporter.flush()
  }
  return { app, endInvocation }
}

/**
 * Fails at start, although only later code uses the links: a process that cannot serve must not report that it is
 * alive.
 */
function checkLinks(settings: Settings): void {
  getDatabaseUrl(settings)
  getResource('Redis')
  getResource('KeyPepper')
}
