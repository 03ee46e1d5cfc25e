import type { Schedule } from '#deployment/schedules'
import { toAwsCron } from './aws-cron.ts'

/**
 * Scheduler invokes asynchronously: its own retries cover calls that Lambda refused, and the function's `retries` cover
 * runs that failed. What both give up on ends in `failures`.
 */
export function runOnSchedule(schedule: Schedule, fn: sst.aws.Function, failures: sst.aws.Queue) {
  return new sst.aws.CronV2(schedule.name, {
    schedule: toAwsCron(schedule.cron),
    timezone: schedule.timezone,
    retries: schedule.retries,
    dlq: failures.arn,
    function: fn,
    event: scheduledEvent(),
  })
}

/** The event that EventBridge sends for a schedule. Scheduler replaces the placeholders in angle brackets. */
function scheduledEvent() {
  return {
    version: '0',
    id: '<aws.scheduler.execution-id>',
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: aws.getCallerIdentityOutput().accountId,
    time: '<aws.scheduler.scheduled-time>',
    region: aws.getRegionOutput().region,
    resources: ['<aws.scheduler.schedule-arn>'],
    detail: '{}',
  }
}
