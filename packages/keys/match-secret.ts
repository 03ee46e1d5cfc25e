/**
 * Compares a presented key with the stored one, in constant time: as an HMAC or, for an imported key, as a bcrypt hash.
 */
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

/** Returns the id under which requests are counted. 16 bytes of the HMAC reveal nothing of the secret. */
export function deriveLimitId(hmac: Buffer): string {
  return hmac.toString('hex').slice(0, 32)
}

export function isActive({ revokedAt, expiresAt }: Pick<KeyRow, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now)
}

/** Accepts a missing row: an unknown id costs the same comparisons as a wrong secret. */
export function matchHmac(row: KeyRow | undefined, hmac: Buffer, now: Date): SecretMatch | undefined {
  const isCurrent = isEqual(row?.secretHmac, hmac)
  const isPrevious = isEqual(row?.previousHmac, hmac)
  if (isCurrent) return { secret: 'current', storedAs: 'hmac' }
  return isPrevious && isInGrace(row, now) ? { secret: 'previous', storedAs: 'hmac' } : undefined
}

/** Returns the bcrypt hash that may still match, and which secret it stands for. */
export function findBcryptHash(row: KeyRow | undefined, now: Date): (SecretMatch & { hash: string }) | undefined {
  if (!row?.bcryptHash) return undefined
  if (row.secretHmac === null) return { secret: 'current', storedAs: 'bcrypt', hash: row.bcryptHash }
  return isInGrace(row, now) ? { secret: 'previous', storedAs: 'bcrypt', hash: row.bcryptHash } : undefined
}

function isInGrace(row: KeyRow | undefined, now: Date): boolean {
  return row?.previousUntil !== null && row?.previousUntil !== undefined && row.previousUntil > now
}

/** Compares in constant time, also with nothing. */
export function isEqual(kept: Buffer | null | undefined, hmac: Buffer): boolean {
  const matches = timingSafeEqual(kept ?? Buffer.alloc(hmac.length), hmac)
  return matches && kept !== null && kept !== undefined
}
