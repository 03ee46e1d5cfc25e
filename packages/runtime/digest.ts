/** Wires the function that makes the daily digests of alert channels. */
import { randomUUID } from 'node:crypto'
import { type DigestReport, makeDigests, readDigestDelay } from '#alerts/digest/make-digests'
import { createDatabase } from '#db/client'
import { ALERT_METRICS } from '#deployment/alert-metrics'
import { formatEmfLine } from '#platform/metrics/emf'
import { readDigestBackup } from '#runtime/digest-backup'
import { getDatabaseUrl, getProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'

/** A bulk scan may bring hundreds of thousands of new leads into one period. */
const STATEMENT_TIMEOUT_MS = 20_000

/** Returns the handler that the schedule calls every minute. Runs may overlap. */
export function createDigests(): () => Promise<DigestReport> {
  const context = getProcessContext('digest')
  const { settings, log, clock } = context
  const url = getDatabaseUrl(settings)
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const deps = { db, clock, log, newId: randomUUID, readBackup: () => readDigestBackup(context) }
  return async () => {
    const report: DigestReport = { queued: 0, empty: 0 }
    try {
      Object.assign(report, await makeDigests(deps))
      return report
    } finally {
      const { namespace, digests, digestDelay } = ALERT_METRICS
      const line = formatEmfLine({
        namespace,
        at: clock.now(),
        dimensions: { Stage: getResource('App').stage },
        metrics: [
          { name: digests, unit: 'Count', value: report.queued },
          { name: digestDelay, unit: 'Seconds', value: await readDigestDelay(deps) },
        ],
      })
      process.stdout.write(`${line}\n`)
    }
  }
}
