/** What travels over the scan queue: the name of a batch, or of an import. The work itself is rows in the database. */
import * as z from 'zod/mini'
import type { JobKind } from '#db/tables'
import { SCHEDULE_GROUP } from '#scans/rescans/give-way'

const batchMessage = z.object({ jobId: z.uuid(), batch: z.int().check(z.gte(1)) })
export type BatchMessage = z.infer<typeof batchMessage>

/** An import whose file a worker reads. */
const importMessage = z.object({ importId: z.uuid() })
export type ImportMessage = z.infer<typeof importMessage>

export const queueMessage = z.union([batchMessage, importMessage])
export type QueueMessage = z.infer<typeof queueMessage>

/** A message on its way to the queue, with whose it is: the queue shares its workers among groups. */
export interface QueuedBatch extends BatchMessage {
  group: string
}

export interface ImportQueue {
  /** @throws whatever the queue answers */
  sendImport(message: ImportMessage & { group: string }): Promise<void>
}

export interface BatchQueue {
  /** Never throws; answers those that the queue did not take, with the first reason. */
  send(messages: QueuedBatch[]): Promise<{ refused: QueuedBatch[]; cause?: unknown }>
}

/** All that a key has queued is one group; what the command line began is another, and so is what the schedule did. */
export function nameGroup(keyid: string | null, kind: JobKind = 'scan'): string {
  if (kind === 'schedule') return SCHEDULE_GROUP
  return keyid === null ? 'cli' : `key:${keyid}`
}

/** What the queue gave up. */
export interface DeadLetters {
  /** Some of them, hidden from others for a minute; none: there are no more. */
  receive(): Promise<DeadLetter[]>
  remove(letters: DeadLetter[]): Promise<void>
}

export interface DeadLetter {
  body: string
  /** Names this receipt of it. */
  handle: string
}
