/** How the queue of bulk scans hands its messages out. The infrastructure, the local stack and the worker go by it. */

/** Receives of one message before the queue gives it up. Throttled invocations count as receives, hence as many as five. */
export const BATCH_TRIES = 5

export const WORKER_TIMEOUT_S = 120

/** Six times the worker's time, as Lambda asks: a batch that is throttled or retried inside is not handed out twice. */
export const BATCH_HIDDEN_S = 6 * WORKER_TIMEOUT_S
