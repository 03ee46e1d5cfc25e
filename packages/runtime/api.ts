/** Wires the API to what the infrastructure links. What only some requests need is loaded by the first of them. */
import { v7 } from 'uuid'
import { createApp } from '#api/app'
import { createLazy } from '#platform/async/lazy'
import { baseOf, databaseUrl } from '#runtime/process-context'
import { createMetering } from '#runtime/metering'
import type { Records } from '#runtime/record-routes'
import { resource } from '#runtime/resources'
import { createReporter } from '#runtime/sentry'
import type { Settings } from '#runtime/settings'
import { VERSION } from '#runtime/version'

/**
 * With the scan's own time this stays below the function's 25 s, and a caller whose database hangs hears of it within
 * seconds: a statement alone has less.
 */
const DATABASE_BUDGET_MS = 8_000

/** @throws AppError SETTING_INVALID where a link is missing */
export function createApi() {
  const base = baseOf('api')
  const { settings, log, clock } = base
  checkLinks(settings)
  const reporter = createReporter(settings, VERSION, log)
  const metering = createMetering(base)
  let records: Records | undefined // as soon as a request has needed them
  const loadRecords = createLazy(async () => {
    const { createRecords } = await import('#runtime/record-routes')
    records = createRecords(base, { metering, reporter })
    return records
  })
  const loadEngine = async () => {
    const [{ createEngineRoutes }, made] = await Promise.all([import('#runtime/engine-routes'), loadRecords()])
    return createEngineRoutes(base, { ...made, metering })
  }
  const isDegraded = () => String(records?.parts.limits.breaker.isOpen() ?? false)
  const app = createApp({
    log,
    clock,
    newId: v7,
    metrics: metering.metrics,
    version: VERSION,
    databaseBudgetMs: DATABASE_BUDGET_MS,
    corsOrigins: settings.HUNTER_CORS_ORIGINS,
    report: (error, tags) => reporter.report(error, { ...tags, degraded: isDegraded() }),
    metricsAccess: settings.HUNTER_METRICS,
    loadGate: async () => (await loadRecords()).gate,
    loadRecords: async () => (await loadRecords()).routes,
    loadEngine,
  })
  const endInvocation = async () => {
    metering.print()
    records?.parts.limits.repeatBreaker()
    await reporter.flush()
  }
  return { app, endInvocation }
}

/** At the start, although later code uses them: what can answer nothing must not say that it lives. */
function checkLinks(settings: Settings): void {
  databaseUrl(settings)
  resource('Redis')
  resource('KeyPepper')
}
