/** Imports keys of an older installation that stored only bcrypt hashes. The keys keep working. */
import { inArray } from 'drizzle-orm'
import * as z from 'zod/mini'
import { keyFields } from '#keys/fields'
import type { KeyDeps } from '#keys/verify-key'
import { recordAudit } from '#db/audit'
import { toStorableText } from '#db/storable'
import { apiKeys } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import { formatCount } from '#platform/count-text'

/** The import refuses an expensive hash: the first use compares it, and so does every guess before that. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-2])\$[./0-9A-Za-z]{53}$/

export const importedKeys = z
  .array(
    z.strictObject({
      keyid: z
        .string()
        .check(z.regex(/^[0-9A-Za-z]{12}$/, 'must be the twelve letters and digits in the middle of the key')),
      bcrypt_hash: z
        .string()
        .check(z.regex(BCRYPT, 'must be a bcrypt hash of the whole key, with a cost from 4 to 12')),
      ...keyFields,
    }),
    'must be a list of keys',
  )
  .check(z.minLength(1, 'must contain at least one key'), z.maxLength(10_000, 'must contain at most 10000 keys'))

type ImportedKeys = z.infer<typeof importedKeys>

/** Imports all keys or none. @throws AppError KEY_EXISTS, VALIDATION_FAILED for keys that have expired */
export async function importKeys(
  { db, clock }: Pick<KeyDeps, 'db' | 'clock'>,
  { keys, actor }: { keys: ImportedKeys; actor: string },
): Promise<string[]> {
  const keyids = keys.map(({ keyid }) => keyid)
  refuseExpired(keys, clock.now())
  await runInTransaction(db, async (tx) => {
    const there = await tx.select({ keyid: apiKeys.keyid }).from(apiKeys).where(inArray(apiKeys.keyid, keyids))
    const twice = keyids.filter((keyid, at) => keyids.indexOf(keyid) !== at)
    const taken = [...new Set([...there.map(({ keyid }) => keyid), ...twice])]
    if (taken.length > 0) {
      const message = `${formatCount(taken.length, 'id')} already in use, or twice in the list: ${taken.slice(0, 10).join(', ')}`
      throw new AppError('KEY_EXISTS', message, { details: { keyids: taken } })
    }
    for (const { keyid, bcrypt_hash: bcryptHash, ...rest } of keys) {
      const { scopes, limit_per_minute: limitPerMinute = null, expires_at: expiresAt = null } = rest
      const row = { name: toStorableText(rest.name), scopes, limitPerMinute, expiresAt }
      await tx.insert(apiKeys).values({ keyid, bcryptHash, ...row, createdAt: clock.now() })
      await recordAudit(tx, { actor, action: 'key.imported', object: `key:${keyid}`, details: row })
    }
  })
  return keyids
}

function refuseExpired(keys: ImportedKeys, now: Date): void {
  const expired = keys.flatMap(({ keyid, expires_at: end }, at) => (end && end <= now ? [{ keyid, at }] : []))
  if (expired.length === 0) return
  const named = expired.slice(0, 10).map(({ keyid }) => keyid)
  const fields = expired
    .slice(0, 100)
    .map(({ at }) => ({ field: `${at}.expires_at`, message: 'must be in the future' }))
  const message = `the list has ${formatCount(expired.length, 'expired key')}: ${named.join(', ')}`
  throw new AppError('VALIDATION_FAILED', message, { details: { fields } })
}
