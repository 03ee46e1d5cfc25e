/** Wires the API to what the infrastructure links. What only some requests need is loaded by the first of them. */
import { v7 } from 'uuid'
import { createApp } from '#api/app'
import { lazy } from '#platform/lazy'
import { baseOf } from '#runtime/base'
import { createMetering } from '#runtime/metering'
import type { Records } from '#runtime/record-routes'
import { createReporter } from '#runtime/sentry'
import { VERSION } from '#runtime/version'

export function createApi() {
  const base = baseOf('api')
  const { settings, log, clock } = base
  const reporter = createReporter(settings, VERSION, log)
  const metering = createMetering(base)
  let records: Records | undefined // as soon as a request has needed them
  const loadRecords = lazy(async () => {
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
    corsOrigins: settings.HUNTER_CORS_ORIGINS,
    report: (error, tags) => reporter.report(error, { ...tags, degraded: isDegraded() }),
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
