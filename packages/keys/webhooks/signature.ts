/** Signatures of Standard Webhooks 1.0.0, scheme v1: HMAC-SHA-256 over `id.timestamp.body`. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto'

interface Message {
  id: string
  /** Seconds since 1970, as the header has them. */
  timestamp: string
  /** Byte for byte as it travels. */
  body: Uint8Array
}

const PREFIX = 'whsec_'
const SECRET_BYTES = 32

/** `randomBytes` must be cryptographically secure. */
export function generateSecret(randomBytes: (count: number) => Uint8Array): string {
  return PREFIX + Buffer.from(randomBytes(SECRET_BYTES)).toString('base64')
}

/** Returns `v1,<base64>`. */
export function signMessage(secret: string, { id, timestamp, body }: Message): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/**
 * `signatures` is the header: several have a space between them, one for each secret during a rotation. Other schemes
 * are passed over. Every signature is compared, in constant time.
 */
export function isSignedBy(secret: string, message: Message, signatures: string): boolean {
  const expected = Buffer.from(signMessage(secret, message))
  const matches = signatures.split(' ').map((signature) => isEqual(Buffer.from(signature), expected))
  return matches.includes(true)
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
