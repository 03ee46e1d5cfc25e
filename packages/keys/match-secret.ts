/** Whether a key that was presented is the one that was kept, as an HMAC or, where it was imported, as a bcrypt hash. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { formatSignedPart, type ParsedKey } from '#keys/key-format'
import type { apiKeys } from '#db/tables'

export type KeyRow = typeof apiKeys.$inferSelect

export interface SecretMatch {
  secret: 'current' | 'previous'
  storedAs: 'hmac' | 'bcrypt'
}

export function computeKeyHmac(pepper: string, key: ParsedKey): Buffer {
  return createHmac('sha256', pepper).update(formatSignedPart(key)).digest()
}

/** What requests with a secret are counted under; 16 bytes of its HMAC tell nothing of it. */
export function deriveLimitId(hmac: Buffer): string {
  return hmac.toString('hex').slice(0, 32)
}

/** The row may be absent: an unknown id costs the same comparisons as a wrong secret. */
export function matchHmac(row: KeyRow | undefined, hmac: Buffer, now: Date): SecretMatch | undefined {
  const isCurrent = isEqual(row?.secretHmac, hmac)
  const isPrevious = isEqual(row?.previousHmac, hmac)
  if (isCurrent) return { secret: 'current', storedAs: 'hmac' }
  return isPrevious && isInGrace(row, now) ? { secret: 'previous', storedAs: 'hmac' } : undefined
}

/** The hash that an imported key may be compared with, and which secret it would be. */
export function findBcryptHash(row: KeyRow | undefined, now: Date): (SecretMatch & { hash: string }) | undefined {
  if (!row?.bcryptHash) return undefined
  if (row.secretHmac === null) return { secret: 'current', storedAs: 'bcrypt', hash: row.bcryptHash }
  return isInGrace(row, now) ? { secret: 'previous', storedAs: 'bcrypt', hash: row.bcryptHash } : undefined
}

function isInGrace(row: KeyRow | undefined, now: Date): boolean {
  return row?.previousUntil !== null && row?.previousUntil !== undefined && row.previousUntil > now
}

function isEqual(kept: Buffer | null | undefined, hmac: Buffer): boolean {
  const matches = timingSafeEqual(kept ?? Buffer.alloc(hmac.length), hmac)
  return matches && kept !== null && kept !== undefined
}
