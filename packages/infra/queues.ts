export type Queues = ReturnType<typeof createQueues>

const FOURTEEN_DAYS_S = 14 * 24 * 60 * 60

/**
 * Each queue has a dead-letter queue of its own. Visibility is six times the consumer's timeout (`functions.ts`), as
 * Lambda asks: a batch that is throttled or retried inside is not handed out twice.
 */
export function createQueues() {
  return {
    // throttled invocations count as receives, hence five
    scans: withDeadLetters('ScanQueue', { visibilityTimeout: '12 minutes', receives: 5 }),
    proofs: withDeadLetters('ProofQueue', { visibilityTimeout: '90 minutes', receives: 3 }),
    /** What a schedule could not get done after its retries. */
    failedSchedules: deadLetterQueue('FailedSchedules'),
  }
}

function withDeadLetters(
  name: string,
  { visibilityTimeout, receives }: { visibilityTimeout: sst.aws.QueueArgs['visibilityTimeout']; receives: number },
) {
  const deadLetters = deadLetterQueue(`${name}Dead`)
  return new sst.aws.Queue(name, { visibilityTimeout, dlq: { queue: deadLetters.arn, retry: receives } })
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
