/**
 * Caches all active keys for a few seconds, read in one query. However many keys an attacker invents, they cost one
 * query in that time; a look-up by id would cost one each.
 */
import { and, gt, isNull, or, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { apiKeys, type Scope } from '#db/tables'
import { deriveLimitId } from '#keys/match-secret'
import type { Clock } from '#platform/clock'

export interface ActiveKey {
  key: { keyid: string; scopes: Scope[]; limitPerMinute: number | null }
  /** Id under which its requests are counted: the same for both secrets of a rotated key. */
  limitId: string
  /** Milliseconds since the epoch; Infinity: the key does not expire. */
  endsAtMs: number
}

interface ActiveKeys {
  /** Does not find imported keys before their first use: the table holds only their bcrypt hash. */
  find(hmac: string): Promise<ActiveKey | undefined>
}

const TTL_MS = 5_000
/** The most recently used ones; 10,000 take about 3 MB. */
const KEYS_MAX = 10_000

export function createActiveKeys({ db, clock }: { db: Database; clock: Clock }): ActiveKeys {
  let atMs = -Infinity
  let keys = Promise.resolve(new Map<string, ActiveKey>())
  return {
    async find(hmac) {
      const now = clock.now()
      if (now.getTime() - atMs >= TTL_MS) {
        atMs = now.getTime()
        // a failure is cached as long, so that a database that does not answer gets no more queries
        keys = readKeys(db, now)
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
