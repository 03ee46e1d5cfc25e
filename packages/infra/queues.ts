import { type DeployedQueue, QUEUES } from '#deployment/queues'

export type Queues = ReturnType<typeof createQueues>

const FOURTEEN_DAYS_S = 14 * 24 * 60 * 60

/**
 * Standard queues rather than FIFO: message groups keep them fair, while FIFO would give each group one worker. Each
 * queue has its own dead-letter queue.
 */
export function createQueues() {
  const [scansDead, proofsDead] = [deadLetterQueue('ScanQueueDead'), deadLetterQueue('ProofQueueDead')]
  const backupsDead = deadLetterQueue('BackupQueueDead')
  return {
    scans: workQueue('ScanQueue', QUEUES.scans, scansDead),
    scansDead,
    proofs: workQueue('ProofQueue', QUEUES.proofs, proofsDead),
    proofsDead,
    /** Backups that the API requests. */
    backups: workQueue('BackupQueue', QUEUES.backups, backupsDead),
    backupsDead,
    /** Scheduled runs that failed after all retries. */
    failedSchedules: deadLetterQueue('FailedSchedules'),
  }
}

function workQueue(name: string, { hiddenS, tries }: DeployedQueue, dead: sst.aws.Queue) {
  return new sst.aws.Queue(name, { visibilityTimeout: `${hiddenS} seconds`, dlq: { queue: dead.arn, retry: tries } })
}

function deadLetterQueue(name: string) {
  return new sst.aws.Queue(name, {
    transform: {
      queue: (args) => {
        args.messageRetentionSeconds = FOURTEEN_DAYS_S
      },
    },
  })
}
