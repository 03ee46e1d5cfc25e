/** The queues that functions consume: the infrastructure makes them from this table, and so does the local stack. */
import { FUNCTIONS, type FunctionName } from '#deployment/functions'

export interface DeployedQueue {
  consumer: FunctionName
  /** Visibility timeout: how long a message stays hidden after it was received. */
  hiddenS: number
  /** Receives of one message before it becomes a dead letter; throttled invocations count as receives. */
  tries: number
}

/** Lambda asks for six times the consumer's timeout: a message that is throttled or retried is not handed out twice. */
const HIDDEN_TIMEOUTS = 6

export const QUEUES = {
  // enough tries that a database may be away for fifty minutes, though the first come quickly
  scans: queue('bulk-worker', 12),
  proofs: queue('verify-backup', 3),
}

function queue(consumer: FunctionName, tries: number): DeployedQueue {
  return { consumer, hiddenS: HIDDEN_TIMEOUTS * FUNCTIONS[consumer].timeoutS, tries }
}
