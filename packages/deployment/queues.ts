/** The queues that functions consume. The infrastructure and the local stack create them from this table. */
import { FUNCTIONS, type FunctionName } from '#deployment/functions'

export interface DeployedQueue {
  consumer: FunctionName
  /** Visibility timeout: how long a received message stays hidden. */
  hiddenS: number
  /** Receives of one message before it becomes a dead letter; throttled invocations count, too. */
  tries: number
}

/** AWS recommends six times the consumer's timeout, so that a throttled or retried message is not delivered twice. */
const HIDDEN_TIMEOUTS = 6

export const QUEUES = {
  // enough tries to outlast a database that is down for fifty minutes, although the first tries come quickly
  scans: queue('bulk-worker', 12),
  proofs: queue('verify-backup', 3),
  backups: queue('backup', 3),
}

function queue(consumer: FunctionName, tries: number): DeployedQueue {
  return { consumer, hiddenS: HIDDEN_TIMEOUTS * FUNCTIONS[consumer].timeoutS, tries }
}
