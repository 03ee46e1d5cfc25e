/** Opens, lists and ends sessions of the page. The transaction of each change also writes its audit entry. */
import { and, asc, desc, eq, gt, inArray, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { moment, selectMoment } from '#db/moment'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { apiKeys, type Scope, sessions } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import { parseKey } from '#keys/key-format'
import { computeKeyHmac, isActive, type KeyRow, matchHmac } from '#keys/match-secret'
import { nameBrowser } from '#keys/sessions/browser-name'
import { computeTokenHmac, generateToken, parseToken } from '#keys/sessions/token'
import type { NewKeyDeps } from '#keys/verify-key'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

/** A working day. Use does not extend it, so that a stolen cookie ends by itself, and no request has to write. */
export const SESSION_SECONDS = 12 * 3_600
/** One more ends the oldest. */
export const SESSIONS_PER_KEY_MAX = 20
/** Expired rows that one sign-in removes: more than it adds. */
const REMOVED_AT_ONCE = 100

interface SessionDeps extends NewKeyDeps {
  newId: () => string
}

interface By {
  actor: string
  requestId?: string | undefined
}

/** The key that a session stands for. */
interface SessionKey {
  keyid: string
  name: string
  scopes: Scope[]
  limitPerMinute: number | null
}

interface OpenedSession {
  /** The text of the cookie. No table stores it. */
  token: string
  key: SessionKey
  expiresAt: Date
}

interface SignIn extends By {
  /** The full text of a key that was verified. */
  key: string
  userAgent: string | undefined
  /** The cookie that the browser still had; its session ends, because the new cookie replaces it. */
  replaced: string | undefined
}

/** Opens a session with a new secret, whatever the browser sent. @throws AppError KEY_INVALID when the key ended meanwhile */
export async function openSession(
  deps: SessionDeps,
  { key: text, userAgent, replaced, actor, requestId }: SignIn,
): Promise<OpenedSession> {
  const now = deps.clock.now()
  const read = parseKey(text)
  if (!read) throw buildEndedError()
  const keyHmac = computeKeyHmac(deps.pepper, read)
  const id = deps.newId()
  const token = generateToken(id, deps.randomBytes)
  return runInTransaction(deps.db, async (tx) => {
    const row = await lockKey(tx, read.keyid)
    const match = row && isActive(row, now) ? matchHmac(row, keyHmac, now) : undefined
    if (!row || !match) throw buildEndedError()
    const ends = [row.expiresAt, match.secret === 'previous' ? row.previousUntil : null]
    const latestMs = now.getTime() + SESSION_SECONDS * 1_000
    const expiresAt = new Date(Math.min(latestMs, ...ends.map((end) => end?.getTime() ?? Infinity)))
    await removeOld(tx, { keyid: row.keyid, now, isReplaced: matchToken(deps.pepper, replaced) })
    const browser = nameBrowser(userAgent)
    const secretHmac = computeTokenHmac(deps.pepper, token)
    const when = { createdAt: now, lastSeenAt: now, expiresAt }
    await tx.insert(sessions).values({ id, keyid: row.keyid, secretHmac, keyHmac, browser, ...when })
    const details = { browser, expiresAt }
    await recordAudit(tx, { actor, action: 'session.opened', object: nameSession(id), details, requestId })
    return { token, key: toSessionKey(row), expiresAt }
  })
}

/** The lock makes two sign-ins count one after the other. */
async function lockKey(tx: Transaction, keyid: string): Promise<KeyRow | undefined> {
  const [row] = await tx.select().from(apiKeys).where(eq(apiKeys.keyid, keyid)).for('no key update')
  return row
}

/** Removes expired sessions, the one that the new session replaces, and the key's beyond the limit: ended ones, then the oldest. */
async function removeOld(
  tx: Transaction,
  { keyid, now, isReplaced }: { keyid: string; now: Date; isReplaced: SQL | undefined },
): Promise<void> {
  const { id, expiresAt, createdAt, endedAt } = sessions
  const expired = tx.select({ id }).from(sessions).where(lte(expiresAt, now)).limit(REMOVED_AT_ONCE)
  const beyond = tx
    .select({ id })
    .from(sessions)
    .where(eq(sessions.keyid, keyid))
    .orderBy(desc(isNull(endedAt)), desc(createdAt), desc(id))
    .offset(SESSIONS_PER_KEY_MAX - 1)
  await tx
    .delete(sessions)
    .where(or(inArray(id, expired.for('update', { skipLocked: true })), inArray(id, beyond), isReplaced))
}

function matchToken(pepper: string, token = ''): SQL | undefined {
  const id = parseToken(token)
  if (id === undefined) return undefined
  return and(eq(sessions.id, id), eq(sessions.secretHmac, computeTokenHmac(pepper, token)))
}

function toSessionKey({ keyid, name, scopes, limitPerMinute }: KeyRow): SessionKey {
  return { keyid, name, scopes, limitPerMinute }
}

/** @throws AppError KEY_NOT_FOUND */
export async function getSessionKey(db: Database, keyid: string): Promise<SessionKey> {
  const [row] = await db.select().from(apiKeys).where(eq(apiKeys.keyid, keyid))
  if (!row) throw new AppError('KEY_NOT_FOUND', 'there is no such key')
  return toSessionKey(row)
}

/** Everything about a session except its secret. */
interface SessionInfo {
  id: string
  keyid: string
  keyName: string
  browser: string
  createdAt: Date
  /** Exact to the minute. */
  lastSeenAt: Date
  expiresAt: Date
}

const SESSIONS_BY_CREATION: Listing<[createdAt: string, id: string]> = {
  name: 'sessions by creation',
  place: z.tuple([moment, z.uuid()]),
}

/** Lists the open sessions, oldest first. @throws AppError VALIDATION_FAILED for a bad cursor */
export async function listSessions(
  { db, clock }: { db: Database; clock: Clock },
  query: PageQuery,
): Promise<Page<SessionInfo>> {
  const { createdAt, id } = sessions
  const after = parseCursor(SESSIONS_BY_CREATION, query.cursor)
  const rows = await db
    .select({ row: sessions, at: selectMoment(createdAt), keyName: apiKeys.name })
    .from(sessions)
    .innerJoin(apiKeys, eq(apiKeys.keyid, sessions.keyid))
    .where(
      and(isOpen(clock.now()), after && sql`(${createdAt}, ${id}) > (${after[0]}::timestamptz, ${after[1]}::uuid)`),
    )
    .orderBy(asc(createdAt), asc(id))
    .limit(countRowsToRead(query))
  const page = cutPage(SESSIONS_BY_CREATION, { rows, page: query, placeOf: ({ at, row }) => [at, row.id] })
  return { ...page, items: page.items.map(({ row, keyName }) => toSessionInfo(row, keyName)) }
}

/** The same rule as `lookUpSession` has. */
function isOpen(now: Date) {
  const { keyHmac, expiresAt, endedAt } = sessions
  const { secretHmac, previousHmac, previousUntil, revokedAt } = apiKeys
  return and(
    gt(expiresAt, now),
    isNull(endedAt),
    isNull(revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
    or(eq(keyHmac, secretHmac), and(eq(keyHmac, previousHmac), gt(previousUntil, now))),
  )
}

function toSessionInfo(row: typeof sessions.$inferSelect, keyName: string): SessionInfo {
  const { id, keyid, browser, createdAt, lastSeenAt, expiresAt } = row
  return { id, keyid, keyName, browser, createdAt, lastSeenAt, expiresAt }
}

/**
 * Ends a session, everywhere within five seconds. `own`: its user signs out. Ending it again changes nothing. @throws
 * AppError SESSION_NOT_FOUND, also for one that has expired
 */
export async function endSession(
  { db, clock }: { db: Database; clock: Clock },
  { id, own, actor, requestId }: By & { id: string; own: boolean },
): Promise<SessionInfo> {
  if (!z.safeParse(z.uuid(), id).success) throw buildNotFoundError()
  const now = clock.now()
  return runInTransaction(db, async (tx) => {
    const [found] = await tx
      .select({ row: sessions, keyName: apiKeys.name })
      .from(sessions)
      .innerJoin(apiKeys, eq(apiKeys.keyid, sessions.keyid))
      .where(and(eq(sessions.id, id), gt(sessions.expiresAt, now)))
      .for('update', { of: sessions })
    if (!found) throw buildNotFoundError()
    const { row, keyName } = found
    if (row.endedAt !== null) return toSessionInfo(row, keyName)
    await tx.update(sessions).set({ endedAt: now }).where(eq(sessions.id, id))
    const action = own ? 'session.closed' : 'session.revoked'
    await recordAudit(tx, { actor, action, object: nameSession(id), details: { key: row.keyid }, requestId })
    return toSessionInfo(row, keyName)
  })
}

function nameSession(id: string): string {
  return `session:${id}`
}

function buildEndedError(): AppError {
  return new AppError('KEY_INVALID', 'this key is unknown, expired or revoked')
}

function buildNotFoundError(): AppError {
  return new AppError('SESSION_NOT_FOUND', 'there is no such session')
}
