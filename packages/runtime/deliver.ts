/** Wires the function that sends what waits in the outbox of alerts. */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from 'aws-lambda'
import { openChannel } from '#alerts/channel-secrets'
import { deliverDue, type DeliveryReport } from '#alerts/deliver'
import { readBacklog } from '#alerts/outbox'
import { noteReturnedMail } from '#alerts/returns/note-return'
import { isMailEvent, readReturnedMail } from '#alerts/returns/read-event'
import { createDatabase } from '#db/client'
import { ALERT_METRICS } from '#deployment/alert-metrics'
import { formatEmfLine } from '#platform/metrics/emf'
import { createAlertSender } from '#runtime/alert-sender'
import { getDeadline } from '#runtime/deadline'
import { getDatabaseUrl, getProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'
import { createBatchingRedis } from '#runtime/shared-limits'
import { createTelemetry } from '#runtime/telemetry'

const CONNECTIONS = 4
/** A digest is read once more before it is sent, so what Digest could read must be readable here. */
const STATEMENT_TIMEOUT_MS = 20_000
/** How long a run outside Lambda starts new messages. */
const RUN_MS = 90_000

/**
 * Returns the handler that the schedule calls every minute, and EventBridge for a mail that came back. Runs may overlap:
 * each claims other addresses.
 */
export function createDeliverer(): (event?: unknown, lambdaContext?: Context) => Promise<DeliveryReport> {
  const context = getProcessContext('deliver')
  const { settings, log, clock } = context
  const telemetry = createTelemetry(context)
  const shared = telemetry.shareCounters(createBatchingRedis())
  const db = createDatabase({
    url: getDatabaseUrl(settings),
    maxConnections: CONNECTIONS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  })
  const secrets = { pepper: getResource('KeyPepper').value, randomBytes: (count: number) => randomBytes(count) }
  const deps = {
    db,
    clock,
    log,
    newId: randomUUID,
    random: Math.random,
    send: createAlertSender(context).send,
    open: (...row: [row: Parameters<typeof openChannel>[1], now: Date]) => openChannel(secrets, ...row),
    wait: (ms: number) => pause(ms),
  }
  return async (event, lambdaContext) => {
    if (isMailEvent(event)) {
      const returned = readReturnedMail(event)
      if (returned) await noteReturnedMail({ ...deps, pepper: secrets.pepper }, returned)
      return { sent: 0, failed: 0 }
    }
    const until = getDeadline(context, lambdaContext) ?? new Date(clock.now().getTime() + RUN_MS)
    const report = await deliverDue(deps, { until })
    if (report.sent + report.failed > 0) log.info('alerts_delivered', { ...report })
    for (const outcome of ['sent', 'failed'] as const)
      telemetry.metrics.count('hunter_alert_messages_total', { outcome }, report[outcome])
    await shared.flush()
    telemetry.print()
    const { namespace, oldest } = ALERT_METRICS
    const line = formatEmfLine({
      namespace,
      at: clock.now(),
      dimensions: { Stage: getResource('App').stage },
      metrics: [{ name: oldest, unit: 'Seconds', value: await readBacklog(deps) }],
    })
    process.stdout.write(`${line}\n`)
    return report
  }
}
