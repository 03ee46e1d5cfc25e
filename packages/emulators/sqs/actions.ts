/** Implements the calls of SQS that Hunter makes, on queues in memory. */
import { createInvalidError, createNoQueueError, SqsError } from '#emulators/sqs/errors'
import { type Message, Queue, type Received } from '#emulators/sqs/queue'
import type { Action, Request, SystemAttribute } from '#emulators/sqs/requests'

export interface Account {
  region: string
  /** Queues by name. */
  queues: Map<string, Queue>
  /** URL at which the server listens. */
  url: string
}

type Perform<A extends Action> = (account: Account, request: Request<A>, gone: AbortSignal) => unknown

const ACCOUNT_ID = '000000000000'
const VISIBILITY_S = '30'

export const ACTIONS: { [A in Action]: Perform<A> } = {
  CreateQueue: (account, { QueueName, Attributes = {} }) => {
    if (!account.queues.has(QueueName)) account.queues.set(QueueName, createQueue(account, Attributes))
    return { QueueUrl: `${account.url}/${ACCOUNT_ID}/${QueueName}` }
  },
  GetQueueAttributes: (account, { QueueUrl, AttributeNames = [] }) => {
    const all = listAttributes(account, nameIn(QueueUrl), findQueue(account, QueueUrl))
    const wanted = Object.entries(all).filter(([name]) => AttributeNames.some((one) => one === 'All' || one === name))
    return { Attributes: Object.fromEntries(wanted) }
  },
  SendMessage: (account, { QueueUrl, MessageBody, MessageGroupId }) =>
    sent(findQueue(account, QueueUrl).send(MessageBody, MessageGroupId)),
  SendMessageBatch: (account, { QueueUrl, Entries }) => {
    const queue = findQueue(account, QueueUrl)
    const Successful = Entries.map(({ Id, MessageBody, MessageGroupId }) => ({
      Id,
      ...sent(queue.send(MessageBody, MessageGroupId)),
    }))
    return { Successful, Failed: [] }
  },
  ReceiveMessage: async (account, request, gone) => {
    const { MaxNumberOfMessages, WaitTimeSeconds, VisibilityTimeout, MessageSystemAttributeNames } = request
    const hiddenMs = VisibilityTimeout === undefined ? undefined : VisibilityTimeout * 1_000
    const queue = findQueue(account, request.QueueUrl)
    const received = await queue.poll(MaxNumberOfMessages, WaitTimeSeconds * 1_000, gone, hiddenMs)
    if (received.length === 0) return {}
    return { Messages: received.map((one) => presented(one, MessageSystemAttributeNames)) }
  },
  DeleteMessage: (account, { QueueUrl, ReceiptHandle }) => {
    findQueue(account, QueueUrl).remove(ReceiptHandle)
    return {}
  },
  DeleteMessageBatch: (account, { QueueUrl, Entries }) => {
    const queue = findQueue(account, QueueUrl)
    for (const { ReceiptHandle } of Entries) queue.remove(ReceiptHandle)
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] }
  },
  ChangeMessageVisibility: (account, { QueueUrl, ReceiptHandle, VisibilityTimeout }) => {
    const isInFlight = findQueue(account, QueueUrl).hide(ReceiptHandle, VisibilityTimeout * 1_000)
    if (isInFlight) return {}
    const code = 'MessageNotInflight'
    throw new SqsError(code, 'The specified message is not in flight.', `AWS.SimpleQueueService.${code}`)
  },
}

function createQueue(
  account: Account,
  attributes: { VisibilityTimeout?: string | undefined; RedrivePolicy?: string | undefined },
): Queue {
  const visibilityMs = Number(attributes.VisibilityTimeout ?? VISIBILITY_S) * 1_000
  if (!(visibilityMs >= 0)) throw createInvalidError('VisibilityTimeout must be a number of seconds')
  if (attributes.RedrivePolicy === undefined) return new Queue({ visibilityMs })
  const policy = JSON.parse(attributes.RedrivePolicy) as { deadLetterTargetArn: string; maxReceiveCount: string }
  const queue = account.queues.get(policy.deadLetterTargetArn.split(':').at(-1) ?? '')
  if (!queue) throw createInvalidError('the dead-letter queue of the RedrivePolicy does not exist')
  return new Queue({ visibilityMs, deadLetters: { queue, maxReceives: Number(policy.maxReceiveCount) } })
}

function nameIn(queueUrl: string): string {
  return queueUrl.split('/').at(-1) ?? ''
}

function findQueue({ queues }: Account, queueUrl: string): Queue {
  const queue = queues.get(nameIn(queueUrl))
  if (!queue) throw createNoQueueError()
  return queue
}

function listAttributes({ region }: Account, name: string, queue: Queue): Record<string, string> {
  return {
    QueueArn: `arn:aws:sqs:${region}:${ACCOUNT_ID}:${name}`,
    ApproximateNumberOfMessages: String(queue.visible),
    ApproximateNumberOfMessagesNotVisible: String(queue.inFlight),
    VisibilityTimeout: String(queue.options.visibilityMs / 1_000),
  }
}

function sent({ id, md5 }: Message) {
  return { MessageId: id, MD5OfMessageBody: md5 }
}

function presented({ message, handle }: Received, names: readonly SystemAttribute[]) {
  const { id, body, md5, group, sentMs, receives, firstReceivedMs } = message
  const all: Record<string, string> = {
    ApproximateReceiveCount: String(receives),
    ApproximateFirstReceiveTimestamp: String(firstReceivedMs),
    SentTimestamp: String(sentMs),
    SenderId: ACCOUNT_ID,
    ...(group === undefined ? {} : { MessageGroupId: group }),
  }
  const wanted = Object.entries(all).filter(([name]) => names.some((one) => one === 'All' || one === name))
  return {
    MessageId: id,
    ReceiptHandle: handle,
    Body: body,
    MD5OfBody: md5,
    ...(wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {}),
  }
}
