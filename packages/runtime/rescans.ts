/** Wires the schedule of rescans. */
import { v7 } from 'uuid'
import { createDatabase } from '#db/client'
import { createLazy } from '#platform/async/lazy'
import { formatEmfLine } from '#platform/metrics/emf'
import { RESCAN_METRICS } from '#platform/metrics/metric-table'
import { getDatabaseUrl, getProcessContext, type ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'
import { createReporter } from '#runtime/sentry'
import { VERSION } from '#runtime/version'
import { planBatches } from '#scans/bulk/batch-limits'
import { type RescanRun, runRescans } from '#scans/rescans/run-rescans'

const STATEMENT_TIMEOUT_MS = 10_000

/** Returns the handler that the schedule calls. A failed run throws, so that the schedule tries it again. */
export function createRescans(): () => Promise<RescanRun> {
  const context = getProcessContext('rescan')
  const { settings, clock, log } = context
  const { HUNTER_DNS_LIMIT_PER_SECOND: dnsPerSecond, HUNTER_SCAN_BUDGET_MS: scanBudgetMs } = settings
  const { size: batchSize } = planBatches({ dnsPerSecond, scanBudgetMs })
  const reporter = createReporter(settings, VERSION, log)
  const url = getDatabaseUrl(settings)
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const queue = createLazy(async () => (await import('#runtime/scan-queues')).createScanQueue())
  const send = async (...messages: Parameters<Awaited<ReturnType<typeof queue>>['send']>) =>
    (await queue()).send(...messages)
  return async () => {
    try {
      const run = await runRescans({ db, clock, queue: { send }, newId: v7, batchSize })
      log[run.domains > 0 ? 'info' : 'debug']('rescans', { ...run })
      printBacklog(context, run)
      return run
    } catch (error) {
      log.error('rescans_failed', { error })
      reporter.report(error, { function: 'rescan' })
      await reporter.flush()
      throw error
    }
  }
}

function printBacklog({ settings, clock }: ProcessContext, { due, behindSeconds }: RescanRun): void {
  if (settings.HUNTER_LOG_LEVEL === 'silent') return
  const { namespace, behind, due: name } = RESCAN_METRICS
  const line = formatEmfLine({
    namespace,
    at: clock.now(),
    dimensions: { Stage: getResource('App').stage },
    metrics: [
      { name: behind, unit: 'Seconds', value: behindSeconds },
      { name, unit: 'Count', value: due },
    ],
  })
  process.stdout.write(`${line}\n`)
}
