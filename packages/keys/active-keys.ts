/**
 * The keys that are good now, read at once and kept for a few seconds. Whatever keys strangers make up, it costs one query
 * in that time; a look-up by id would cost one for each.
 */
import { and, gt, isNull, or, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { apiKeys, type Scope } from '#db/tables'
import { deriveLimitId } from '#keys/match-secret'
import type { Clock } from '#platform/clock'

export interface ActiveKey {
  key: { keyid: string; scopes: Scope[]; limitPerMinute: number | null }
  /** What its requests count under: one id for both secrets of a rotated key. */
  limitId: string
  /** Milliseconds since the epoch; Infinity: it does not expire. */
  endsAtMs: number
}

interface ActiveKeys {
  /** Imported keys that were not used yet are kept as bcrypt hashes, and not found here. */
  find(hmac: string): Promise<ActiveKey | undefined>
}

const TTL_MS = 5_000
/** Those that were used last; 10,000 of them take some 3 MB. */
const KEYS_MAX = 10_000

export function createActiveKeys({ db, clock }: { db: Database; clock: Clock }): ActiveKeys {
  let atMs = -Infinity
  let keys = Promise.resolve(new Map<string, ActiveKey>())
  return {
    async find(hmac) {
      const now = clock.now()
      if (now.getTime() - atMs >= TTL_MS) {
        atMs = now.getTime()
        keys = readKeys(db, now) // a failure is kept as long: a database that does not answer is not asked more often
      }
      const good = (await keys).get(hmac)
      return good && good.endsAtMs > now.getTime() ? good : undefined
    },
  }
}

async function readKeys(db: Database, now: Date): Promise<Map<string, ActiveKey>> {
  const rows = await db
    .select()
    .from(apiKeys)
    .where(and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now))))
    .orderBy(sql`${apiKeys.lastUsedAt} desc nulls last`)
    .limit(KEYS_MAX)
  const keys = new Map<string, ActiveKey>()
  for (const { keyid, scopes, limitPerMinute, secretHmac, previousHmac, previousUntil, expiresAt, ...row } of rows) {
    const add = (hmac: Buffer, endsAtMs: number) => {
      const limitId = row.limitId ?? deriveLimitId(secretHmac ?? hmac)
      keys.set(hmac.toString('hex'), { key: { keyid, scopes, limitPerMinute }, limitId, endsAtMs })
    }
    const endsAt = expiresAt?.getTime() ?? Infinity
    if (previousHmac && previousUntil) add(previousHmac, Math.min(endsAt, previousUntil.getTime()))
    if (secretHmac) add(secretHmac, endsAt)
  }
  return keys
}
