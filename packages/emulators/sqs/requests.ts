/**
 * Validates the parameters of each call. It refuses a parameter that is not read, so that nothing is ignored silently.
 */
import * as z from 'zod/mini'

const NAMES = [
  'All',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SentTimestamp',
  'SenderId',
  'MessageGroupId',
] as const
export type SystemAttribute = (typeof NAMES)[number]

const whole = (from: number, to: number) => z.int().check(z.gte(from), z.lte(to))
const queueUrl = z.string()
/** SQS allows 128 letters, digits and punctuation marks. */
const group = z.optional(
  z.string().check(z.regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 letters, digits and marks')),
)
const body = z.string().check(z.minLength(1), z.maxLength(1_048_576))
const handle = z.string()
const visibility = whole(0, 43_200)
const entryId = z.string().check(z.regex(/^[\w-]{1,80}$/))
const batchOf = <T extends z.ZodMiniType<{ Id: string }>>(entry: T) =>
  z.array(entry).check(
    z.minLength(1, 'a batch has at least one entry'),
    z.maxLength(10, 'a batch has at most ten entries'),
    z.refine((all) => new Set(all.map(({ Id }) => Id)).size === all.length, 'two entries have the same Id'),
  )

export const REQUESTS = {
  CreateQueue: z.strictObject({
    QueueName: z.string().check(z.regex(/^[\w-]{1,80}$/)),
    Attributes: z.optional(
      z.strictObject({ VisibilityTimeout: z.optional(z.string()), RedrivePolicy: z.optional(z.string()) }),
    ),
  }),
  GetQueueAttributes: z.strictObject({ QueueUrl: queueUrl, AttributeNames: z.optional(z.array(z.string())) }),
  SendMessage: z.strictObject({ QueueUrl: queueUrl, MessageBody: body, MessageGroupId: group }),
  SendMessageBatch: z.strictObject({
    QueueUrl: queueUrl,
    Entries: batchOf(z.strictObject({ Id: entryId, MessageBody: body, MessageGroupId: group })),
  }),
  ReceiveMessage: z.strictObject({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: z._default(whole(1, 10), 1),
    WaitTimeSeconds: z._default(whole(0, 20), 0),
    VisibilityTimeout: z.optional(visibility),
    MessageSystemAttributeNames: z._default(z.array(z.enum(NAMES)), []),
  }),
  DeleteMessage: z.strictObject({ QueueUrl: queueUrl, ReceiptHandle: handle }),
  DeleteMessageBatch: z.strictObject({
    QueueUrl: queueUrl,
    Entries: batchOf(z.strictObject({ Id: entryId, ReceiptHandle: handle })),
  }),
  ChangeMessageVisibility: z.strictObject({
    QueueUrl: queueUrl,
    ReceiptHandle: handle,
    VisibilityTimeout: visibility,
  }),
}

export type Action = keyof typeof REQUESTS
export type Request<A extends Action> = z.infer<(typeof REQUESTS)[A]>
