/** Replies of commands, and their form in the REST protocol. */
export type Reply = string | number | null | { status: string } | { error: string } | Reply[]

export const OK: Reply = { status: 'OK' }

/** A command's error; the message is the whole Redis error, code first: `ERR syntax error`. */
export class RedisError extends Error {
  override readonly name = 'RedisError'
}

export function isFailure(reply: Reply): reply is { error: string } {
  return typeof reply === 'object' && reply !== null && 'error' in reply
}

export type Encoding = 'plain' | 'base64'

/**
 * Encodes a reply as the JSON value of `result`. With base64 every string is encoded except the status `OK`: clients
 * recognise that word and decode all others.
 */
export function encodeReply(reply: Reply, encoding: Encoding): unknown {
  if (typeof reply === 'object' && reply !== null && 'status' in reply && reply.status === 'OK') return 'OK'
  return encodeValue(reply, encoding)
}

function encodeValue(reply: Reply, encoding: Encoding): unknown {
  if (reply === null || typeof reply === 'number') return reply
  if (Array.isArray(reply)) return reply.map((item) => encodeValue(item, encoding))
  return encodeText(getText(reply), encoding)
}

function getText(reply: string | { status: string } | { error: string }): string {
  if (typeof reply === 'string') return reply
  return 'status' in reply ? reply.status : reply.error
}

function encodeText(text: string, encoding: Encoding): string {
  return encoding === 'base64' ? Buffer.from(text).toString('base64') : text
}
