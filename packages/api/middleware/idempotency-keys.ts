/** Stores `Idempotency-Key`s for a day, each claimed by one request at a time. */
import { and, eq, isNull, lte, sql } from 'drizzle-orm'
import type { Database, Queryable } from '#db/client'
import { toStorableText } from '#db/storable'
import { idempotencyKeys } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

/**
 * Claim TTL: longer than any request runs, so a claim this old belongs to a crashed request and another may take over.
 */
export const CLAIM_TTL_MS = 60_000
const KEY_TTL_MS = 24 * 3_600_000
/** Expired keys that one request deletes at most. */
const EXPIRED_DELETED_MAX = 100

interface KeyedRequest {
  keyid: string
  key: string
  /** 32 bytes. */
  requestHash: Buffer
}

export interface Claim {
  keyid: string
  key: string
  /** Fencing token: an expired claim holder no longer matches, so its writes change nothing. */
  fencingToken: string
}

export interface SavedAnswer {
  status: 200 | 201 | 202
  location: string | null
  body: string
}

type Claimed = { claim: Claim; outcome: unknown } | { answer: SavedAnswer }

/** @throws AppError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_FLIGHT */
export async function claimKey(
  { db, clock, newId }: { db: Database; clock: Clock; newId: () => string },
  { keyid, key, requestHash }: KeyedRequest,
): Promise<Claimed> {
  const now = clock.now()
  await deleteExpired(db, { keyid, key }, now)
  const lease = { claim: newId(), lockedUntil: new Date(now.getTime() + CLAIM_TTL_MS) }
  const { body, lockedUntil, requestHash: hash } = idempotencyKeys
  const abandoned = sql`${body} is null and ${lockedUntil} <= ${now} and ${hash} = ${requestHash}`
  const [mine] = await db
    .insert(idempotencyKeys)
    .values({ keyid, key, requestHash, ...lease, createdAt: now })
    .onConflictDoUpdate({ target: [idempotencyKeys.keyid, idempotencyKeys.key], set: lease, setWhere: abandoned })
    .returning({ made: idempotencyKeys.made })
  if (mine) return { claim: { keyid, key, fencingToken: lease.claim }, outcome: mine.made }
  return { answer: await readSavedAnswer(db, { keyid, key, requestHash }, now) }
}

async function readSavedAnswer(db: Queryable, request: KeyedRequest, now: Date): Promise<SavedAnswer> {
  const [row] = await db.select().from(idempotencyKeys).where(isKey(request))
  if (!row) throw inFlight(1) // the holder released it at this moment
  if (!row.requestHash.equals(request.requestHash)) {
    throw new AppError('IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key was sent with another request')
  }
  const { status, location, body } = row
  if (status === null || body === null) throw inFlight(estimateWaitSeconds(row.lockedUntil, now))
  return { status: status as SavedAnswer['status'], location, body }
}

const WAIT_SECONDS_MAX = 5

/**
 * Suggests to wait as long as the request has run so far, since most end within seconds; never beyond the end of the
 * claim.
 */
function estimateWaitSeconds(lockedUntil: Date, now: Date): number {
  const leftMs = lockedUntil.getTime() - now.getTime()
  return Math.min(leftMs / 1_000, (CLAIM_TTL_MS - leftMs) / 1_000, WAIT_SECONDS_MAX)
}

/**
 * Records the outcome in the transaction of the work, which rolls back when another request has taken over the claim.
 * @throws AppError IDEMPOTENCY_IN_FLIGHT
 */
export async function recordOutcome(tx: Transaction, claim: Claim, outcome: object): Promise<void> {
  const updated = await tx
    .update(idempotencyKeys)
    .set({ made: toStorableText(outcome) })
    .where(and(isHeldBy(claim), isNull(idempotencyKeys.made)))
    .returning({ key: idempotencyKeys.key })
  if (updated.length === 0) throw inFlight(1)
}

export async function recordAnswer(db: Queryable, claim: Claim, answer: SavedAnswer): Promise<void> {
  await db.update(idempotencyKeys).set(answer).where(isHeldBy(claim))
}

/** After a failure: forgets a key without an outcome, and lets a retry finish one with an outcome at once. */
export async function releaseClaim({ db, clock }: { db: Database; clock: Clock }, claim: Claim): Promise<void> {
  await db.delete(idempotencyKeys).where(and(isHeldBy(claim), isNull(idempotencyKeys.made)))
  await db.update(idempotencyKeys).set({ lockedUntil: clock.now() }).where(isHeldBy(claim))
}

/** Deletes this key if it has expired; others are cleaned up in small batches. */
async function deleteExpired(db: Queryable, key: { keyid: string; key: string }, now: Date): Promise<void> {
  const old = lte(idempotencyKeys.createdAt, new Date(now.getTime() - KEY_TTL_MS))
  await db.delete(idempotencyKeys).where(and(isKey(key), old))
  const some = db
    .select({ row: sql`ctid` })
    .from(idempotencyKeys)
    .where(old)
    .limit(EXPIRED_DELETED_MAX)
    .for('update', { skipLocked: true })
  await db.delete(idempotencyKeys).where(sql`ctid = any(array(${some}))`)
}

function isKey({ keyid, key }: { keyid: string; key: string }) {
  return and(eq(idempotencyKeys.keyid, keyid), eq(idempotencyKeys.key, key))
}

function isHeldBy(claim: Claim) {
  return and(isKey(claim), eq(idempotencyKeys.claim, claim.fencingToken))
}

function inFlight(seconds: number): AppError {
  return new AppError('IDEMPOTENCY_IN_FLIGHT', 'a request with this Idempotency-Key is still running', {
    details: { retry_after_seconds: Math.max(1, Math.ceil(seconds)) },
  })
}
