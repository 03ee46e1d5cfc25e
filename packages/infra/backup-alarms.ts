/** Alarms of the data-safety plane: for what failed, and for what did not happen at all. */
import { BACKUP_OBJECTIVES } from '#backups/operations/objectives'
import { BACKUP_METRICS } from '#backups/operations/metrics'
import { createAlarm } from './alarms.ts'
import { BACKUP_SOURCE, type BackupFunctions } from './backups.ts'
import type { Queues } from './queues.ts'

const HOUR_S = 60 * 60
const FIVE_MINUTES_S = 5 * 60

export function createBackupAlarms(
  topic: aws.sns.Topic,
  { backup, reconciler, drill, queues }: BackupFunctions & { queues: Queues },
): void {
  createAlarm(topic, 'NoVerifiedBackup', {
    description: `No backup was verified for ${BACKUP_OBJECTIVES.newestVerifiedHoursMax} hours, or the measurement stopped.`,
    runbook: 'backup-none-verified',
    metric: measured(BACKUP_METRICS.age),
    statistic: 'Maximum',
    threshold: BACKUP_OBJECTIVES.newestVerifiedHoursMax,
    periodSeconds: HOUR_S,
    missing: 'breaching',
  })
  createAlarm(topic, 'BackupFromFuture', {
    description: 'A backup is dated in the future: a clock was wrong, so it does not count as the newest backup.',
    runbook: 'backup-clock',
    metric: measured(BACKUP_METRICS.fromFuture),
    statistic: 'Maximum',
    threshold: 0,
    periodSeconds: HOUR_S,
    missing: 'notBreaching', // NoVerifiedBackup rings when the measurement stops
  })
  createAlarm(topic, 'BackupDamaged', {
    description: "A stored backup differs from what was written; the reconciler's log names it.",
    runbook: 'backup-damaged',
    metric: measured(BACKUP_METRICS.damaged),
    statistic: 'Maximum',
    threshold: 0,
    periodSeconds: HOUR_S,
    missing: 'ignore', // keeps the state until the next measurement
  })
  createAlarm(topic, 'NoRestoreDrill', {
    description: `No drill has restored a backup for ${BACKUP_OBJECTIVES.lastDrillDaysMax} days.`,
    runbook: 'backup-drill',
    metric: measured(BACKUP_METRICS.drillAge),
    statistic: 'Maximum',
    threshold: BACKUP_OBJECTIVES.lastDrillDaysMax,
    periodSeconds: HOUR_S,
    missing: 'breaching',
  })
  createAlarm(topic, 'RecoveryTooSlow', {
    description: `The last drill took longer than the goal of ${BACKUP_OBJECTIVES.recoverySecondsMax} s.`,
    runbook: 'backup-drill',
    metric: measured(BACKUP_METRICS.recovery),
    statistic: 'Maximum',
    threshold: BACKUP_OBJECTIVES.recoverySecondsMax,
    periodSeconds: HOUR_S,
    missing: 'ignore', // keeps the state until the next drill
  })
  for (const [name, fn, description, runbook] of [
    ['BackupFailed', backup, 'A backup failed; the schedule tries it twice more.', 'backup-failed'],
    [
      'ReconcileFailed',
      reconciler,
      'The reconciler could not finish a step; its log names the step.',
      'backup-reconcile',
    ],
    ['DrillFailed', drill, 'A verified backup did not restore on the real server.', 'backup-drill'],
  ] as const) {
    createAlarm(topic, name, {
      description,
      runbook,
      metric: { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: fn.name } },
      statistic: 'Sum',
      threshold: 0,
      periodSeconds: FIVE_MINUTES_S,
      missing: 'notBreaching',
    })
  }
  for (const [name, queue, holds, runbook] of [
    ['ProofsGivenUp', queues.proofsDead, 'A backup could not be proven in three tries.', 'backup-not-proven'],
    [
      'BackupRequestsGivenUp',
      queues.backupsDead,
      'A requested backup could not begin in three tries.',
      'backup-failed',
    ],
    ['SchedulesGivenUp', queues.failedSchedules, 'A scheduled run failed for good.', 'backup-failed'],
  ] as const) {
    createAlarm(topic, name, {
      description: `${holds} The message in the queue says which.`,
      runbook,
      metric: {
        namespace: 'AWS/SQS',
        name: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: getQueueName(queue) },
      },
      statistic: 'Maximum',
      threshold: 0,
      periodSeconds: FIVE_MINUTES_S,
      missing: 'notBreaching',
    })
  }
}

/** Names a metric as the runtime's `printMetrics` writes it. */
function measured(name: string) {
  return { namespace: BACKUP_METRICS.namespace, name, dimensions: { Stage: $app.stage, Source: BACKUP_SOURCE } }
}

function getQueueName(queue: sst.aws.Queue) {
  return queue.nodes.queue.name
}
