/** Wires the function that makes the daily digests of alert channels. */
import { randomUUID } from 'node:crypto'
import { type DigestReport, makeDigests, readDigestDelay } from '#alerts/digest/make-digests'
import { createDatabase } from '#db/client'
import { ALERT_METRICS } from '#deployment/alert-metrics'
import { formatEmfLine, type Metric } from '#platform/metrics/emf'
import { readDigestBackup } from '#runtime/digest-backup'
import { getDatabaseUrl, getProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'

/** A bulk scan may bring hundreds of thousands of new leads into one period. */
const STATEMENT_TIMEOUT_MS = 20_000

/** Returns the handler that the schedule calls every minute. Runs may overlap. One that fails reports what it did, too. */
export function createDigests(): () => Promise<Omit<DigestReport, 'failures'>> {
  const context = getProcessContext('digest')
  const { settings, log, clock } = context
  const url = getDatabaseUrl(settings)
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const deps = { db, clock, log, newId: randomUUID, readBackup: () => readDigestBackup(context) }
  return async () => {
    const { failures, ...report } = await makeDigests(deps).catch(toReport)
    const { namespace, digests, digestDelay } = ALERT_METRICS
    const metrics: Metric[] = [{ name: digests, unit: 'Count', value: report.queued }]
    try {
      metrics.push({ name: digestDelay, unit: 'Seconds', value: await readDigestDelay(deps) })
    } catch (error) {
      failures.push(error)
    }
    const dimensions = { Stage: getResource('App').stage }
    process.stdout.write(`${formatEmfLine({ namespace, at: clock.now(), dimensions, metrics })}\n`)
    if (failures.length > 0) throw failures[0]
    return report
  }
}

/** A run that could not begin has queued nothing. */
function toReport(error: unknown): DigestReport {
  return { queued: 0, empty: 0, failures: [error] }
}
