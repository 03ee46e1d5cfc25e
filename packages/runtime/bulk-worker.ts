/** Wires the worker that scans the batches of bulk jobs from the queue. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { createLazy } from '#platform/async/lazy'
import { getProcessContext } from '#runtime/process-context'
import { createTelemetry } from '#runtime/telemetry'
import { createConnections } from '#runtime/connections'
import { createScanDeps } from '#runtime/scan-deps'
import { createReporter } from '#runtime/sentry'
import { VERSION } from '#runtime/version'
import { COMMIT_TIMEOUT_MS } from '#scans/bulk/batch-limits'
import { type ChangeVisibility, handleMessages } from '#scans/bulk/handle-messages'

/** A commit may wait for the lock of another, but a hanging database must not use up the message's time. */
const STATEMENT_TIMEOUT_MS = 10_000

/** Returns the handler of the scan queue. */
export function createBulkWorker(): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const context = getProcessContext('bulk-worker')
  const reporter = createReporter(context.settings, VERSION, context.log)
  const telemetry = createTelemetry(context)
  const connections = createConnections(context, { telemetry, reporter, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const retry = createLazy(async () => (await import('#runtime/scan-retry')).createScanRetry())
  const scans = createScanDeps(context, { connections, telemetry })
  const imports = createLazy(async () => {
    const { createImportRunner } = await import('#runtime/import-runner')
    return createImportRunner({ ...scans, openDomainsMax: context.settings.HUNTER_KEY_OPEN_DOMAINS })
  })
  const deps = {
    ...scans,
    log: context.log,
    report: reporter.report,
    commit: { timeoutMs: COMMIT_TIMEOUT_MS },
    changeVisibility: async (...message: Parameters<ChangeVisibility>) => (await retry())(...message),
    random: Math.random,
    runImport: async (...message: [importId: string, lastTry: boolean]) => (await imports())(...message),
  }
  return async (event) => {
    const answer = await handleMessages(deps, event)
    if (!connections.limits.breaker.isOpen()) await connections.shared.flush()
    telemetry.print()
    connections.limits.repeatBreakerMetric()
    await reporter.flush()
    return answer
  }
}
