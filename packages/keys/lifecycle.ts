/** Lists, rotates and revokes keys. The transaction of each change also writes its audit entry. */
import { asc, eq, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import { computeKeyHmac, isActive, type KeyRow, deriveLimitId } from '#keys/match-secret'
import { isKeyid, generateKey, formatKey } from '#keys/key-format'
import type { KeyDeps, CreatedKey, NewKeyDeps } from '#keys/verify-key'
import { recordAudit } from '#db/audit'
import type { Queryable } from '#db/client'
import { moment, selectMoment } from '#db/moment'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { apiKeys, type Scope } from '#db/tables'
import { type AlsoSave, runInTransaction, type Transaction } from '#db/transaction'
import { AppError } from '#platform/errors'

/** Everything about a key except its secret. */
export interface KeyInfo {
  keyid: string
  name: string
  scopes: Scope[]
  state: 'active' | 'revoked' | 'expired'
  limitPerMinute: number | null
  createdAt: Date
  lastUsedAt: Date | null
  expiresAt: Date | null
  rotatedAt: Date | null
  /** The secret before the last rotation works until then. */
  previousUntil: Date | null
  revokedAt: Date | null
  /** True: imported and not used yet. */
  imported: boolean
}

interface KeyChange {
  keyid: string
  actor: string
  requestId?: string | undefined
}

export interface RotatedKey extends CreatedKey {
  /** The previous secret works until then; null: it has ended. */
  previousUntil: Date | null
}

export const GRACE_SECONDS = 86_400
export const GRACE_SECONDS_MAX = 30 * 86_400

const KEYS_BY_CREATION: Listing<[createdAt: string, keyid: string]> = {
  name: 'keys by creation',
  place: z.tuple([moment, z.string().check(z.regex(/^[!-~]{1,100}$/))]),
}

/** Oldest first, so that a new key does not shift the pages. @throws AppError VALIDATION_FAILED for a bad cursor */
export async function listKeys({ db, clock }: Pick<KeyDeps, 'db' | 'clock'>, query: PageQuery): Promise<Page<KeyInfo>> {
  const { createdAt, keyid } = apiKeys
  const after = parseCursor(KEYS_BY_CREATION, query.cursor)
  const rows = await db
    .select({ row: apiKeys, at: selectMoment(createdAt) })
    .from(apiKeys)
    .where(after && sql`(${createdAt}, ${keyid}) > (${after[0]}::timestamptz, ${after[1]})`)
    .orderBy(asc(createdAt), asc(keyid))
    .limit(countRowsToRead(query))
  const page = cutPage(KEYS_BY_CREATION, { rows, page: query, placeOf: ({ at, row }) => [at, row.keyid] })
  return { ...page, items: page.items.map(({ row }) => toKeyInfo(row, clock.now())) }
}

/**
 * Creates a new secret under the same id; the old one works for `graceSeconds` more. During a grace period only a
 * rotation with `graceSeconds: 0` succeeds, and it ends both old secrets. Any other would end a secret in use, perhaps
 * only because a client sent its request twice. @throws AppError KEY_NOT_FOUND, KEY_NOT_ACTIVE, KEY_IN_GRACE
 */
export async function rotateKey(
  deps: NewKeyDeps,
  { keyid, actor, requestId, graceSeconds }: KeyChange & { graceSeconds: number },
  also?: AlsoSave<RotatedKey>,
): Promise<RotatedKey> {
  const now = deps.clock.now()
  const key = { ...generateKey(deps.env, deps.randomBytes), keyid }
  const previousUntil = graceSeconds > 0 ? new Date(now.getTime() + graceSeconds * 1_000) : null
  const rotated = { keyid, key: formatKey(key), previousUntil }
  await runInTransaction(deps.db, async (tx) => {
    const row = await lockKey(tx, keyid)
    if (!isActive(row, now)) throw new AppError('KEY_NOT_ACTIVE', `the key ${keyid} was revoked or has expired`)
    if (graceSeconds > 0) requireNoGrace(row, now)
    const secretHmac = computeKeyHmac(deps.pepper, key)
    const limitId = row.limitId ?? deriveLimitId(row.secretHmac ?? secretHmac)
    await tx
      .update(apiKeys)
      .set({ ...toPreviousSecret(row, previousUntil), secretHmac, limitId, previousUntil, rotatedAt: now })
      .where(eq(apiKeys.keyid, keyid))
    const details = { graceSeconds }
    await recordAudit(tx, { actor, action: 'key.rotated', object: `key:${keyid}`, details, requestId })
    await also?.(tx, rotated)
  })
  return rotated
}

function requireNoGrace({ keyid, previousUntil }: KeyRow, now: Date): void {
  if (previousUntil === null || previousUntil <= now) return
  const until = previousUntil.toISOString()
  throw new AppError('KEY_IN_GRACE', `the key ${keyid} was rotated, and its old secret works until ${until}`, {
    details: { previous_until: until },
  })
}

/**
 * Takes effect everywhere within five seconds. Revoking again changes nothing. @throws AppError KEY_NOT_FOUND,
 * KEY_LAST_ADMIN unless forced
 */
export async function revokeKey(
  { db, clock }: Pick<KeyDeps, 'db' | 'clock'>,
  { keyid, actor, requestId, force }: KeyChange & { force: boolean },
): Promise<KeyInfo> {
  const now = clock.now()
  return runInTransaction(db, async (tx) => {
    const admins = await lockAdmins(tx)
    const row = await lockKey(tx, keyid)
    if (row.revokedAt !== null) return toKeyInfo(row, now)
    const active = admins.filter((admin) => isActive(admin, now)).map((admin) => admin.keyid)
    if (!force && active.length === 1 && active[0] === keyid) {
      throw new AppError('KEY_LAST_ADMIN', 'this is the last active key with the scope admin')
    }
    await tx.update(apiKeys).set({ revokedAt: now }).where(eq(apiKeys.keyid, keyid))
    await recordAudit(tx, { actor, action: 'key.revoked', object: `key:${keyid}`, details: { force }, requestId })
    return toKeyInfo({ ...row, revokedAt: now }, now)
  })
}

/** Serialises concurrent revocations: the check for the last administrator needs it. */
async function lockAdmins(tx: Transaction): Promise<KeyRow[]> {
  return tx
    .select()
    .from(apiKeys)
    .where(sql`'admin' = any(${apiKeys.scopes})`)
    .orderBy(asc(apiKeys.keyid))
    .for('update')
}

async function lockKey(tx: Queryable, keyid: string): Promise<KeyRow> {
  const [row] = isKeyid(keyid) ? await tx.select().from(apiKeys).where(eq(apiKeys.keyid, keyid)).for('update') : []
  if (!row) throw new AppError('KEY_NOT_FOUND', 'there is no such key')
  return row
}

/** An imported key that was never used keeps its bcrypt hash as the previous secret. */
function toPreviousSecret({ secretHmac, bcryptHash }: KeyRow, until: Date | null) {
  if (until === null) return { previousHmac: null, bcryptHash: null }
  return secretHmac === null ? { previousHmac: null, bcryptHash } : { previousHmac: secretHmac, bcryptHash: null }
}

function toKeyInfo(row: KeyRow, now: Date): KeyInfo {
  const { keyid, name, scopes, limitPerMinute, createdAt, lastUsedAt, expiresAt, rotatedAt, revokedAt } = row
  const state = revokedAt !== null ? 'revoked' : isActive(row, now) ? 'active' : 'expired'
  const previousUntil = row.previousUntil !== null && row.previousUntil > now ? row.previousUntil : null
  const imported = row.secretHmac === null
  const when = { createdAt, lastUsedAt, expiresAt, rotatedAt, previousUntil, revokedAt }
  return { keyid, name, scopes, state, limitPerMinute, ...when, imported }
}
