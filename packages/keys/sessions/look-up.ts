import { eq } from 'drizzle-orm'
import type { Database } from '#db/client'
import { apiKeys, sessions } from '#db/tables'
import type { ActiveKey } from '#keys/active-keys'
import { deriveLimitId, isActive, isEqual, matchHmac } from '#keys/match-secret'
import { AppError } from '#platform/errors'

/**
 * Returns the key that the session stands for. The session ends with its own time, with its key, and with the secret that
 * signed in: a rotation because of a leaked secret ends it, too. @throws AppError SESSION_EXPIRED, the same for every reason
 */
export async function lookUpSession(
  db: Database,
  { id, hmac, now }: { id: string; hmac: Buffer; now: Date },
): Promise<ActiveKey & { lastSeenAt: Date }> {
  const [found] = await db
    .select({ session: sessions, row: apiKeys })
    .from(sessions)
    .innerJoin(apiKeys, eq(apiKeys.keyid, sessions.keyid))
    .where(eq(sessions.id, id))
  const isOwn = isEqual(found?.session.secretHmac, hmac)
  if (!found || !isOwn) throw buildExpiredError()
  const { session, row } = found
  const isOpen = session.endedAt === null && session.expiresAt > now && isActive(row, now)
  const match = isOpen ? matchHmac(row, session.keyHmac, now) : undefined
  if (!match) throw buildExpiredError()
  const ends = [session.expiresAt, row.expiresAt, match.secret === 'previous' ? row.previousUntil : null]
  const { keyid, scopes, limitPerMinute } = row
  return {
    key: { keyid, scopes, limitPerMinute, session: { id, expiresAt: session.expiresAt } },
    limitId: row.limitId ?? deriveLimitId(row.secretHmac ?? session.keyHmac),
    endsAtMs: Math.min(...ends.map((end) => end?.getTime() ?? Infinity)),
    lastSeenAt: session.lastSeenAt,
  }
}

export function buildExpiredError(): AppError {
  return new AppError('SESSION_EXPIRED', 'this session is unknown, has expired or was ended')
}
