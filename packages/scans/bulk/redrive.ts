/** Moves dead letters back into the queue, once the cause is fixed. */
import { and, eq } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { imports } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import {
  type BatchMessage,
  type BatchQueue,
  type DeadLetter,
  type DeadLetters,
  type ImportMessage,
  type ImportQueue,
  nameGroup,
  type QueueMessage,
  queueMessage,
} from '#scans/bulk/batch-message'
import { addGroups, markQueued, type QueueDeps } from '#scans/bulk/queue-batches'

export interface RedriveDeps extends QueueDeps {
  queue: BatchQueue & ImportQueue
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
  /** What names neither a batch nor an import, and stays a dead letter. */
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

interface Moved {
  moved: number
  /** Why some of them are dead letters still. */
  problem?: unknown
}

async function moveSome(deps: RedriveDeps, letters: DeadLetter[]): Promise<Moved & { unreadable: number }> {
  const read = letters.map((letter) => ({ letter, message: parseMessage(letter) }))
  const batches = read.flatMap(({ letter, message }) => (message && 'jobId' in message ? [{ letter, message }] : []))
  const imports = read.flatMap(({ letter, message }) => (message && 'importId' in message ? [{ letter, message }] : []))
  const [one, other] = [await moveBatches(deps, batches), await moveImports(deps, imports)]
  const unreadable = letters.length - batches.length - imports.length
  return { moved: one.moved + other.moved, unreadable, problem: one.problem ?? other.problem }
}

async function moveBatches(
  { queue, deadLetters, ...deps }: RedriveDeps,
  known: { letter: DeadLetter; message: BatchMessage }[],
): Promise<Moved> {
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
  if (refused.length === 0) return { moved: sent.length }
  return { moved: sent.length, problem: cause ?? new Error('the queue refused a message') }
}

async function moveImports(
  { db, queue, deadLetters }: RedriveDeps,
  known: { letter: DeadLetter; message: ImportMessage }[],
): Promise<Moved> {
  let moved = 0
  for (const { letter, message } of known) {
    const group = await reopenImport(db, message)
    try {
      await queue.sendImport({ ...message, group })
    } catch (problem) {
      return { moved, problem }
    }
    await deadLetters.remove([letter])
    moved += 1
  }
  return { moved }
}

/** An import that failed goes on behind its last row; its problem stays until then. Returns its group in the queue. */
async function reopenImport(db: Database, { importId }: ImportMessage): Promise<string> {
  await db
    .update(imports)
    .set({ state: 'queued', finishedAt: null })
    .where(and(eq(imports.id, importId), eq(imports.state, 'failed')))
  const [found] = await db.select({ keyid: imports.keyid }).from(imports).where(eq(imports.id, importId))
  return found ? nameGroup(found.keyid) : importId
}

function parseMessage({ body }: DeadLetter): QueueMessage | undefined {
  try {
    return queueMessage.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}
