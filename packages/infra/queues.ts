import { BATCH_HIDDEN_S, BATCH_TRIES } from '#deployment/scan-queue'

export type Queues = ReturnType<typeof createQueues>

const FOURTEEN_DAYS_S = 14 * 24 * 60 * 60

/**
 * Each queue has a dead-letter queue of its own. Visibility is six times the consumer's timeout, as Lambda asks: a batch
 * that is throttled or retried inside is not handed out twice.
 */
export function createQueues() {
  const [scansDead, proofsDead] = [deadLetterQueue('ScanQueueDead'), deadLetterQueue('ProofQueueDead')]
  return {
    scans: new sst.aws.Queue('ScanQueue', {
      visibilityTimeout: `${BATCH_HIDDEN_S} seconds`,
      dlq: { queue: scansDead.arn, retry: BATCH_TRIES },
    }),
    scansDead,
    proofs: new sst.aws.Queue('ProofQueue', {
      visibilityTimeout: '90 minutes',
      dlq: { queue: proofsDead.arn, retry: 3 },
    }),
    proofsDead,
    /** What a schedule could not get done after its retries. */
    failedSchedules: deadLetterQueue('FailedSchedules'),
  }
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
