/** Moves dead letters back into the queue, once the cause is fixed. */
import { recordAudit } from '#db/audit'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import { type BatchMessage, batchMessage, type DeadLetter, type DeadLetters } from '#scans/bulk/batch-message'
import { addGroups, markQueued, type QueueDeps } from '#scans/bulk/queue-batches'

export interface RedriveDeps extends QueueDeps {
  deadLetters: DeadLetters
}

interface RedriveInput {
  actor: string
  requestId?: string | undefined
  /** Dead letters that one call takes up. */
  limit?: number
}

export interface Redriven {
  /** Messages that are in the queue again. */
  moved: number
  /** What names no batch, and stays a dead letter. */
  unreadable: number
  /** There may be more: call again. */
  more: boolean
}

/** About ten seconds of a request. */
const LIMIT = 1_000

/**
 * A message is sent before its dead letter is removed: who dies between the two sends it twice, which changes nothing.
 * @throws AppError QUEUE_UNAVAILABLE; what was moved until then is
 */
export async function redriveDeadLetters(
  deps: RedriveDeps,
  { actor, requestId, limit = LIMIT }: RedriveInput,
  also?: AlsoSave<Redriven>,
): Promise<Redriven> {
  const { redriven, problem } = await moveAll(deps, limit)
  await runInTransaction(deps.db, async (tx) => {
    const details = { ...redriven }
    await recordAudit(tx, { actor, action: 'dead_letters.redriven', object: 'scan_queue', details, requestId })
    if (!problem) await also?.(tx, redriven)
  })
  if (problem) throw problem
  return redriven
}

async function moveAll(deps: RedriveDeps, limit: number): Promise<{ redriven: Redriven; problem?: AppError }> {
  const redriven = { moved: 0, unreadable: 0, more: true }
  try {
    while (redriven.moved + redriven.unreadable < limit) {
      const letters = await deps.deadLetters.receive()
      if (letters.length === 0) return { redriven: { ...redriven, more: false } }
      const { moved, unreadable, problem } = await moveSome(deps, letters)
      redriven.moved += moved
      redriven.unreadable += unreadable
      if (problem) throw problem
    }
    return { redriven }
  } catch (cause) {
    const details = { moved: redriven.moved }
    const problem = new AppError('QUEUE_UNAVAILABLE', 'the dead letters could not all be moved', { details, cause })
    return { redriven, problem }
  }
}

async function moveSome(
  { queue, deadLetters, ...deps }: RedriveDeps,
  letters: DeadLetter[],
): Promise<{ moved: number; unreadable: number; problem?: unknown }> {
  const read = letters.map((letter) => ({ letter, message: parseMessage(letter) }))
  const known = read.flatMap(({ letter, message }) => (message ? [{ letter, message }] : []))
  const messages = await addGroups(
    deps.db,
    known.map(({ message }) => message),
  )
  const { refused, cause } = await queue.send(messages)
  const not = new Set(refused)
  const sent = known.filter((_, at) => !not.has(messages[at]!))
  await markQueued(
    deps,
    sent.map(({ message }) => message),
  )
  if (sent.length > 0) await deadLetters.remove(sent.map(({ letter }) => letter))
  const counts = { moved: sent.length, unreadable: letters.length - known.length }
  return refused.length === 0 ? counts : { ...counts, problem: cause ?? new Error('the queue refused a message') }
}

function parseMessage({ body }: DeadLetter): BatchMessage | undefined {
  try {
    return batchMessage.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}
