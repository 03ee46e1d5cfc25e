/** An SQS error: the code of its JSON protocol, and that of the older one, which SDKs read too. */
export class SqsError extends Error {
  readonly code: string
  readonly queryCode: string

  constructor(code: string, message: string, queryCode = code) {
    super(message)
    this.code = code
    this.queryCode = queryCode
  }
}

export const createNoQueueError = () =>
  new SqsError('QueueDoesNotExist', 'The specified queue does not exist.', 'AWS.SimpleQueueService.NonExistentQueue')

export const createInvalidError = (message: string) => new SqsError('InvalidParameterValue', message)
