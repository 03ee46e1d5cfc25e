/** How far behind the schedules are, for the metrics and the health of the API. */
import type { Database } from '#db/client'
import type { GaugeName } from '#platform/metrics/metric-table'
import type { Clock } from '#platform/clock'

interface BacklogDeps {
  db: Database
  clock: Clock
}

type BacklogGauge = Extract<GaugeName, 'hunter_alerts_oldest_due_seconds' | 'hunter_rescans_behind_seconds'>

export async function readBacklogs(deps: BacklogDeps): Promise<Record<BacklogGauge, number>> {
  const { readSchedule } = await import('#scans/rescans/schedule')
  const { measureBacklog } = await import('#scans/rescans/due-leads')
  const { everyDays } = await readSchedule(deps.db)
  const { behindSeconds } = await measureBacklog(deps.db, { now: deps.clock.now(), everyDays })
  return {
    hunter_alerts_oldest_due_seconds: await readAlertBacklog(deps),
    hunter_rescans_behind_seconds: behindSeconds,
  }
}

export async function readAlertBacklog(deps: BacklogDeps): Promise<number> {
  const { readBacklog } = await import('#alerts/outbox')
  return readBacklog(deps)
}
