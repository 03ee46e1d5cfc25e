/**
 * Caches all active keys and open sessions for a few seconds, read in two queries. However many an attacker invents, they
 * cost two queries in that time; a look-up by id would cost one each.
 */
import { and, desc, gt, isNull, or, sql } from 'drizzle-orm'
import type { Database } from '#db/client'
import { apiKeys, type Scope, sessions } from '#db/tables'
import { deriveLimitId } from '#keys/match-secret'
import type { Clock } from '#platform/clock'

export interface ActiveKey {
  key: { keyid: string; scopes: Scope[]; limitPerMinute: number | null; session?: { id: string; expiresAt: Date } }
  /** Id under which its requests are counted: the same for both secrets of a rotated key, and for its sessions. */
  limitId: string
  /** Milliseconds since the epoch; Infinity: the key does not expire. */
  endsAtMs: number
}

interface ActiveKeys {
  /** Does not find imported keys before their first use: the table holds only their bcrypt hash. */
  find(hmac: string): Promise<(ActiveKey & { asOf: Date }) | undefined>
}

const TTL_MS = 5_000
/** The most recently used ones; 10,000 take about 3 MB. */
const KEYS_MAX = 10_000

export function createActiveKeys({ db, clock }: { db: Database; clock: Clock }): ActiveKeys {
  let readAt: Date | undefined
  let keys = Promise.resolve(new Map<string, ActiveKey>())
  return {
    async find(hmac) {
      const now = clock.now()
      if (!readAt || now.getTime() - readAt.getTime() >= TTL_MS) {
        readAt = now
        // a failure is cached as long, so that a database that does not answer gets no more queries
        keys = readActive(db, now)
      }
      const asOf = readAt
      const good = (await keys).get(hmac)
      return good && good.endsAtMs > now.getTime() ? { ...good, asOf } : undefined
    },
  }
}

async function readActive(db: Database, now: Date): Promise<Map<string, ActiveKey>> {
  const [keys, open] = await Promise.all([readKeys(db, now), readSessions(db, now)])
  const active = new Map(keys)
  for (const { id, secretHmac, keyHmac, expiresAt } of open) {
    const own = keys.get(keyHmac.toString('hex')) // undefined: the secret that signed in has ended
    const session = { id, expiresAt }
    const endsAtMs = Math.min(own?.endsAtMs ?? 0, expiresAt.getTime())
    if (own) active.set(secretHmac.toString('hex'), { ...own, key: { ...own.key, session }, endsAtMs })
  }
  return active
}

async function readSessions(db: Database, now: Date) {
  const { lastSeenAt, expiresAt, endedAt } = sessions
  const isOpen = and(isNull(endedAt), gt(expiresAt, now))
  return db.select().from(sessions).where(isOpen).orderBy(desc(lastSeenAt)).limit(KEYS_MAX)
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
