/** What travels over the scan queue: the name of a batch. The batch itself is rows in the database. */
import * as z from 'zod/mini'

export const batchMessage = z.object({ jobId: z.uuid(), batch: z.int().check(z.gte(1)) })
export type BatchMessage = z.infer<typeof batchMessage>

/** Domains in one batch, which one message stands for and one transaction commits. */
export const BATCH_SIZE = 50

/** Receives of one message before the queue gives it up; the infrastructure sets the same number. */
export const BATCH_TRIES = 5

export interface BatchQueue {
  /** Never throws; answers those that the queue did not take, with the first reason. */
  send(messages: BatchMessage[]): Promise<{ refused: BatchMessage[]; cause?: unknown }>
}
