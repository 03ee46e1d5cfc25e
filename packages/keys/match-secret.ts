/** Whether a key that was presented is the one that was kept, as an HMAC or, where it was imported, as a bcrypt hash. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { bodyOf, type KeyText } from '#keys/key-format'
import type { apiKeys } from '#db/tables'

export type KeyRow = typeof apiKeys.$inferSelect

export interface SecretMatch {
  secret: 'current' | 'previous'
  keptAs: 'hmac' | 'bcrypt'
}

export function hmacOf(pepper: string, key: KeyText): Buffer {
  return createHmac('sha256', pepper).update(bodyOf(key)).digest()
}

/** What requests with a secret are counted under; 16 bytes of its HMAC tell nothing of it. */
export function limitIdOf(hmac: Buffer): string {
  return hmac.toString('hex').slice(0, 32)
}

/** The row may be absent: an unknown id costs the same comparisons as a wrong secret. */
export function matchHmac(row: KeyRow | undefined, hmac: Buffer, now: Date): SecretMatch | undefined {
  const isCurrent = equal(row?.secretHmac, hmac)
  const isPrevious = equal(row?.previousHmac, hmac)
  if (isCurrent) return { secret: 'current', keptAs: 'hmac' }
  return isPrevious && isInGrace(row, now) ? { secret: 'previous', keptAs: 'hmac' } : undefined
}

/** The hash that an imported key may be compared with, and which secret it would be. */
export function findBcrypt(row: KeyRow | undefined, now: Date): (SecretMatch & { hash: string }) | undefined {
  if (!row?.bcryptHash) return undefined
  if (row.secretHmac === null) return { secret: 'current', keptAs: 'bcrypt', hash: row.bcryptHash }
  return isInGrace(row, now) ? { secret: 'previous', keptAs: 'bcrypt', hash: row.bcryptHash } : undefined
}

function isInGrace(row: KeyRow | undefined, now: Date): boolean {
  return row?.previousUntil !== null && row?.previousUntil !== undefined && row.previousUntil > now
}

function equal(kept: Buffer | null | undefined, hmac: Buffer): boolean {
  const matches = timingSafeEqual(kept ?? Buffer.alloc(hmac.length), hmac)
  return matches && kept !== null && kept !== undefined
}
