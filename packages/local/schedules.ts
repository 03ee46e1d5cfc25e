/** EventBridge Scheduler on this machine: the same table of schedules, the same events. */
import { randomUUID } from 'node:crypto'
import { Cron } from 'croner'
import type { Schedule } from '#deployment/schedules'

interface SchedulerDeps {
  invoke: (schedule: Schedule, event: ScheduledEvent) => Promise<unknown>
  onFailure: (schedule: Schedule, error: unknown) => void
}

interface ScheduledEvent {
  version: '0'
  id: string
  'detail-type': 'Scheduled Event'
  source: 'aws.scheduler'
  account: string
  time: string
  region: string
  resources: string[]
  detail: string
}

export function startSchedules({ invoke, onFailure }: SchedulerDeps, schedules: readonly Schedule[]) {
  const jobs = schedules.map(
    (schedule) =>
      new Cron(schedule.cron, { timezone: schedule.timezone, protect: true }, async () => {
        await runWithRetries(() => invoke(schedule, buildScheduledEvent(schedule, new Date())), schedule.retries).catch(
          (error: unknown) => onFailure(schedule, error),
        )
      }),
  )
  return { stop: () => jobs.forEach((job) => job.stop()) }
}

export function buildScheduledEvent({ name }: Schedule, at: Date): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: '000000000000',
    time: at.toISOString(),
    region: 'local',
    resources: [`arn:aws:scheduler:local:000000000000:schedule/default/${name}`],
    detail: '{}',
  }
}

async function runWithRetries(run: () => Promise<unknown>, retries: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await run()
      return
    } catch (error) {
      if (attempt >= retries) throw error
    }
  }
}
