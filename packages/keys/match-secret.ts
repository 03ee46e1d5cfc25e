/** Whether a key that was presented is the one that was kept, as an HMAC or, where it was imported, as a bcrypt hash. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { bodyOf, type KeyText, writeKey } from '#keys/key-format'
import type { apiKeys } from '#db/tables'

export type KeyRow = typeof apiKeys.$inferSelect

export type SecretMatch =
  | { secret: 'current' | 'previous'; keptAs: 'hmac' | 'bcrypt' }
  /** The row may be absent: an unknown id costs the same comparisons as a wrong secret. */
  | undefined

export function hmacOf(pepper: string, key: KeyText): Buffer {
  return createHmac('sha256', pepper).update(bodyOf(key)).digest()
}

/** What requests with a secret are counted under; 16 bytes of its HMAC tell nothing of it. */
export function limitIdOf(hmac: Buffer): string {
  return hmac.toString('hex').slice(0, 32)
}

export async function matchSecret(
  row: KeyRow | undefined,
  key: KeyText,
  hmac: Buffer,
  now: Date,
): Promise<SecretMatch> {
  const isCurrent = equal(row?.secretHmac, hmac)
  const isPrevious = equal(row?.previousHmac, hmac)
  const inGrace = row?.previousUntil !== null && row?.previousUntil !== undefined && row.previousUntil > now
  if (isCurrent) return { secret: 'current', keptAs: 'hmac' }
  if (isPrevious && inGrace) return { secret: 'previous', keptAs: 'hmac' }
  if (!row?.bcryptHash) return undefined
  const secret = row.secretHmac === null ? 'current' : 'previous'
  if (secret === 'previous' && !inGrace) return undefined
  return (await matchesBcrypt(key, row.bcryptHash)) ? { secret, keptAs: 'bcrypt' } : undefined
}

function equal(kept: Buffer | null | undefined, hmac: Buffer): boolean {
  const matches = timingSafeEqual(kept ?? Buffer.alloc(hmac.length), hmac)
  return matches && kept !== null && kept !== undefined
}

/** Loaded by the first imported key: most requests never need it. */
async function matchesBcrypt(key: KeyText, hash: string): Promise<boolean> {
  const { compare } = await import('bcryptjs')
  return compare(writeKey(key), hash)
}
