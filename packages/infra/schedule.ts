import type { Schedule } from '#deployment/schedules'
import { toAwsCron } from './aws-cron.ts'
import { createFunction, type FunctionSettings, readFunctionLimits } from './functions.ts'
import { sendToQueue } from './permissions.ts'
import type { StackResources } from './resources.ts'

/** A function that the schedule calls. A run that fails for good ends in a queue with an alarm. */
export function createScheduled(
  { secrets, queues }: StackResources,
  name: string,
  schedule: Schedule & { isEnabled?: boolean },
  {
    permissions,
    ...args
  }: Omit<FunctionSettings, 'handler' | 'nodeOptions' | 'permissions'> & {
    permissions: sst.aws.FunctionPermissionArgs[]
  },
) {
  const fn = createFunction(name, secrets, {
    ...args,
    ...readFunctionLimits(schedule.function),
    retries: schedule.retries,
    permissions: [...permissions, sendToQueue(queues.failedSchedules)],
    transform: {
      eventInvokeConfig: (config) => {
        config.destinationConfig = { onFailure: { destination: queues.failedSchedules.arn } }
      },
    },
  })
  runOnSchedule(schedule, fn, queues.failedSchedules)
  return fn
}

/**
 * Scheduler invokes asynchronously: its own retries cover calls that Lambda refused, and the function's `retries` cover
 * runs that failed. What both give up on ends in `failures`.
 */
function runOnSchedule(schedule: Schedule & { isEnabled?: boolean }, fn: sst.aws.Function, failures: sst.aws.Queue) {
  return new sst.aws.CronV2(schedule.name, {
    schedule: toAwsCron(schedule.cron),
    timezone: schedule.timezone,
    retries: schedule.retries,
    enabled: schedule.isEnabled ?? true,
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
