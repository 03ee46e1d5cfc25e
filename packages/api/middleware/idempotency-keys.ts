/** The rows behind `Idempotency-Key`: one claim at a time, kept for a day. */
import { and, eq, isNull, lte, sql } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client'
import { toStorableText } from '#db/storable'
import { idempotencyKeys } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

/** Longer than any request lives: who holds a claim for so long is dead, and may be followed by another. */
export const CLAIM_MS = 60_000
const KEPT_MS = 24 * 3_600_000
/** Old keys that one request clears away. */
const CLEARED_MAX = 100

interface KeyedRequest {
  keyid: string
  key: string
  /** 32 bytes. */
  requestHash: Buffer
}

export interface Claim {
  keyid: string
  key: string
  /** Of this holder alone: one that comes too late finds another here, and changes nothing. */
  claim: string
}

export interface KeptAnswer {
  status: 200 | 201 | 202
  location: string | null
  body: string
}

type Claimed = { claim: Claim; made: unknown } | { answer: KeptAnswer }

/** @throws AppError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_FLIGHT */
export async function claimKey(
  { db, clock, newId }: { db: Database; clock: Clock; newId: () => string },
  { keyid, key, requestHash }: KeyedRequest,
): Promise<Claimed> {
  const now = clock.now()
  await clearOld(db, { keyid, key }, now)
  const turn = { claim: newId(), lockedUntil: new Date(now.getTime() + CLAIM_MS) }
  const { body, lockedUntil, requestHash: hash } = idempotencyKeys
  const abandoned = sql`${body} is null and ${lockedUntil} <= ${now} and ${hash} = ${requestHash}`
  const [mine] = await db
    .insert(idempotencyKeys)
    .values({ keyid, key, requestHash, ...turn, createdAt: now })
    .onConflictDoUpdate({ target: [idempotencyKeys.keyid, idempotencyKeys.key], set: turn, setWhere: abandoned })
    .returning({ made: idempotencyKeys.made })
  if (mine) return { claim: { keyid, key, claim: turn.claim }, made: mine.made }
  return { answer: await answerOfOther(db, { keyid, key, requestHash }, now) }
}

async function answerOfOther(db: Queryable, request: KeyedRequest, now: Date): Promise<KeptAnswer> {
  const [row] = await db.select().from(idempotencyKeys).where(isKey(request))
  if (!row) throw inFlight(1) // it was given back this moment
  if (!row.requestHash.equals(request.requestHash)) {
    throw new AppError('IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key was sent with another request')
  }
  const { status, location, body } = row
  if (status === null || body === null) throw inFlight(secondsToWait(row.lockedUntil, now))
  return { status: status as KeptAnswer['status'], location, body }
}

const WAIT_SECONDS_MAX = 5

/** As long again as it has taken, since most requests end within seconds; never beyond the end of the claim. */
function secondsToWait(lockedUntil: Date, now: Date): number {
  const leftMs = lockedUntil.getTime() - now.getTime()
  return Math.min(leftMs / 1_000, (CLAIM_MS - leftMs) / 1_000, WAIT_SECONDS_MAX)
}

/**
 * In the transaction of the work: it is undone when another has taken over since.
 * @throws AppError IDEMPOTENCY_IN_FLIGHT
 */
export async function keepMade(tx: Transaction, claim: Claim, made: object): Promise<void> {
  const kept = await tx
    .update(idempotencyKeys)
    .set({ made: toStorableText(made) })
    .where(and(isHeldBy(claim), isNull(idempotencyKeys.made)))
    .returning({ key: idempotencyKeys.key })
  if (kept.length === 0) throw inFlight(1)
}

export async function keepAnswer(db: Queryable, claim: Claim, answer: KeptAnswer): Promise<void> {
  await db.update(idempotencyKeys).set(answer).where(isHeldBy(claim))
}

/** After a failure: what made nothing is forgotten, what made something may be finished at once. */
export async function letGo({ db, clock }: { db: Database; clock: Clock }, claim: Claim): Promise<void> {
  await db.delete(idempotencyKeys).where(and(isHeldBy(claim), isNull(idempotencyKeys.made)))
  await db.update(idempotencyKeys).set({ lockedUntil: clock.now() }).where(isHeldBy(claim))
}

/** The key itself must be free again after a day; the others only go by and by. */
async function clearOld(db: Queryable, key: { keyid: string; key: string }, now: Date): Promise<void> {
  const old = lte(idempotencyKeys.createdAt, new Date(now.getTime() - KEPT_MS))
  await db.delete(idempotencyKeys).where(and(isKey(key), old))
  const some = db
    .select({ row: sql`ctid` })
    .from(idempotencyKeys)
    .where(old)
    .limit(CLEARED_MAX)
    .for('update', { skipLocked: true })
  await db.delete(idempotencyKeys).where(sql`ctid = any(array(${some}))`)
}

function isKey({ keyid, key }: { keyid: string; key: string }) {
  return and(eq(idempotencyKeys.keyid, keyid), eq(idempotencyKeys.key, key))
}

function isHeldBy(claim: Claim) {
  return and(isKey(claim), eq(idempotencyKeys.claim, claim.claim))
}

function inFlight(seconds: number): AppError {
  return new AppError('IDEMPOTENCY_IN_FLIGHT', 'a request with this Idempotency-Key is still running', {
    details: { retry_after_seconds: Math.max(1, Math.ceil(seconds)) },
  })
}
