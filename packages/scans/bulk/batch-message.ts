/** What travels over the scan queue: the name of a batch. The batch itself is rows in the database. */
import * as z from 'zod/mini'

export const batchMessage = z.object({ jobId: z.uuid(), batch: z.int().check(z.gte(1)) })
export type BatchMessage = z.infer<typeof batchMessage>

export interface BatchQueue {
  /** Never throws; answers those that the queue did not take, with the first reason. */
  send(messages: BatchMessage[]): Promise<{ refused: BatchMessage[]; cause?: unknown }>
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
