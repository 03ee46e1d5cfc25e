/** Decides how many leads the schedule may take up now. Pure. */
import { INSTANCES_MAX } from '#deployment/instances'
import type { RescanSchedule } from '#scans/rescans/schedule'

/** Leaves one worker to people, whose batches would otherwise wait until one of these gives way. */
const OPEN_BATCHES_MAX = INSTANCES_MAX.worker - 1

export interface Situation {
  schedule: RescanSchedule
  /** Domains taken up today that were not put back. */
  spent: number
  /** Batches of the schedule that have not ended. */
  openBatches: number
  isPeopleWaiting: boolean
}

/** Why nothing starts. */
export const HOLDS = ['paused', 'people_first', 'budget_spent', 'under_way', 'nothing_due', 'other_run'] as const
export type Hold = (typeof HOLDS)[number]

export interface RescanPlan {
  domains: number
  hold?: Hold
}

export function planRescans({
  schedule,
  spent,
  openBatches,
  isPeopleWaiting,
  batchSize,
}: Situation & {
  /** Domains in a batch. */
  batchSize: number
}): RescanPlan {
  if (schedule.paused) return { domains: 0, hold: 'paused' }
  if (isPeopleWaiting) return { domains: 0, hold: 'people_first' }
  const left = schedule.budget - spent
  if (left <= 0) return { domains: 0, hold: 'budget_spent' }
  const room = (OPEN_BATCHES_MAX - openBatches) * batchSize
  if (room <= 0) return { domains: 0, hold: 'under_way' }
  return { domains: Math.min(left, room) }
}
