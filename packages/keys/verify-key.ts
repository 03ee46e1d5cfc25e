/** Owns API keys: creates them, and verifies them in constant time. The table stores an HMAC, never the key. */
import { and, eq, gt, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import { BCRYPT_COST_MAX, type CheckUnknownKey, createUnknownKeyCheck } from '#keys/check-unknown-key'
import { type CompareBcrypt, createBcryptThread } from '#keys/compare-bcrypt'
import {
  findBcryptHash,
  computeKeyHmac,
  type KeyRow,
  deriveLimitId,
  isActive,
  matchHmac,
  type SecretMatch,
} from '#keys/match-secret'
import { type ParsedKey, generateKey, parseKey, formatKey } from '#keys/key-format'
import { createActiveKeys, type ActiveKey } from '#keys/active-keys'
import { buildExpiredError, lookUpSession } from '#keys/sessions/look-up'
import { computeTokenHmac, parseToken } from '#keys/sessions/token'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { toStorableText } from '#db/storable'
import { apiKeys, type Scope, sessions } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { type Log, silentLog } from '#platform/log'

export interface ApiKey {
  keyid: string
  scopes: Scope[]
  /** null: the default limit applies. */
  limitPerMinute: number | null
  /** The session of the page that stands for the key; undefined when the request carried the key itself. */
  session?: { id: string; expiresAt: Date } | undefined
}

export interface KeyDeps {
  db: Database
  clock: Clock
  /** Secret of the installation, stored outside the database: a copy of the table alone is useless. */
  pepper: string
  /** `local`, `test` or `live`. A key works only in its own environment. */
  env: string
}

export interface NewKeyDeps extends KeyDeps {
  randomBytes: (count: number) => Uint8Array
}

export interface NewKey {
  name: string
  scopes: Scope[]
  /** `key:<keyid>`, or the user at the terminal. */
  actor: string
  limitPerMinute?: number | undefined
  expiresAt?: Date | undefined
  requestId?: string | undefined
}

export interface CreatedKey {
  keyid: string
  /** The full text. No table stores it. */
  key: string
}

/** @throws AppError VALIDATION_FAILED when `expiresAt` has passed */
export async function createKey(deps: NewKeyDeps, input: NewKey, also?: AlsoSave<CreatedKey>): Promise<CreatedKey> {
  const { scopes, actor, limitPerMinute = null, expiresAt = null, requestId } = input
  if (expiresAt !== null && expiresAt <= deps.clock.now()) throw buildExpiryError()
  const key = generateKey(deps.env, deps.randomBytes)
  const { keyid } = key
  const made = { keyid, key: formatKey(key) }
  const row = { name: toStorableText(input.name), scopes, limitPerMinute, expiresAt }
  await runInTransaction(deps.db, async (tx) => {
    const secretHmac = computeKeyHmac(deps.pepper, key)
    await tx.insert(apiKeys).values({ keyid, ...row, secretHmac, createdAt: deps.clock.now() })
    await recordAudit(tx, { actor, action: 'key.created', object: `key:${keyid}`, details: row, requestId })
    await also?.(tx, made)
  })
  return made
}

/** A well-formed key of this environment, or a session's token, that is not verified yet. */
export interface Credential {
  /**
   * Id under which its requests are counted: the key's own once it is verified. Until then it belongs to this exact
   * text, so that guesses at a secret do not use up the key's limit.
   */
  limitId: string
  /** Set while the last verification is fresh. */
  trustedKey: ApiKey | undefined
  /** The key as of its last verification; it may have been revoked since. */
  lastVerified: ApiKey | undefined
  /**
   * Verifies it in the database. `source` is the client address. @throws AppError KEY_INVALID or SESSION_EXPIRED, the same
   * for every reason, RATE_LIMITED
   */
  verify(source: string): Promise<ActiveKey>
  /** Finds the key in the cached list of active keys: one query every few seconds, however many keys arrive. */
  findActive(): Promise<ActiveKey | undefined>
}

export interface KeyVerifier {
  /** Makes no call. @throws AppError KEY_INVALID for a mistyped key or another environment */
  parse(text: string): Credential
  /** Makes no call. @throws AppError SESSION_EXPIRED for what is no token */
  parseSession(token: string): Credential
  /** @throws AppError KEY_INVALID, the same for every reason, RATE_LIMITED */
  verify(text: string, source?: string): Promise<ApiKey>
}

interface VerifierDeps extends KeyDeps {
  log?: Log
  compare?: CompareBcrypt
}

/** Verification TTL; a revoked key, or an ended session, works for at most this long. */
const TRUST_TTL_MS = 5_000
const TRUSTED_MAX = 1_000

export function createKeyVerifier(deps: VerifierDeps): KeyVerifier {
  const { db, clock, log = silentLog, compare = createBcryptThread() } = deps
  const checkUnknownKey = createUnknownKeyCheck({
    clock,
    log,
    compare,
    readHighestCost: () => readHighestCost(db, clock.now()),
  })
  const activeKeys = createActiveKeys(deps)
  const trusted = new Map<string, ActiveKey & { until: number }>()
  const trust = (id: string, good: ActiveKey, asOf: Date) => {
    if (trusted.size >= TRUSTED_MAX) trusted.clear()
    trusted.set(id, { ...good, until: Math.min(asOf.getTime() + TRUST_TTL_MS, good.endsAtMs) })
    return good
  }
  const createCredential = (hmac: Buffer, lookUp: (now: Date, source: string) => Promise<ActiveKey>): Credential => {
    const id = hmac.toString('hex')
    const now = deps.clock.now()
    const kept = trusted.get(id)
    const known = kept && kept.until > now.getTime() ? kept : undefined
    return {
      limitId: kept?.limitId ?? deriveLimitId(hmac),
      trustedKey: known?.key,
      lastVerified: kept?.key,
      async verify(source) {
        if (known) return known
        trusted.delete(id)
        return trust(id, await lookUp(now, source), now)
      },
      async findActive() {
        const found = await activeKeys.find(id)
        if (!found) return undefined
        const { asOf, ...good } = found
        await recordUse(deps.db, good.key.keyid, now)
        return trust(id, good, asOf)
      },
    }
  }
  const parse = (text: string): Credential => {
    const read = parseKey(text)
    if (!read || read.env !== deps.env) throw buildInvalidKeyError()
    const hmac = computeKeyHmac(deps.pepper, read)
    return createCredential(hmac, (now, source) => lookUpKey({ db, checkUnknownKey }, { read, hmac, now, source }))
  }
  const parseSession = (token: string): Credential => {
    const id = parseToken(token)
    if (id === undefined) throw buildExpiredError()
    const hmac = computeTokenHmac(deps.pepper, token)
    return createCredential(hmac, async (now) => {
      const { lastSeenAt, ...active } = await lookUpSession(db, { id, hmac, now })
      if (isStale(lastSeenAt, now)) await db.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.id, id))
      await recordUse(db, active.key.keyid, now)
      return active
    })
  }
  return { parse, parseSession, verify: async (text, source = 'unknown') => (await parse(text).verify(source)).key }
}

interface PresentedKey {
  read: ParsedKey
  hmac: Buffer
  now: Date
  source: string
}

async function lookUpKey(
  { db, checkUnknownKey }: { db: Database; checkUnknownKey: CheckUnknownKey },
  presented: PresentedKey,
): Promise<ActiveKey> {
  const { read, hmac, now } = presented
  const [row] = await db.select().from(apiKeys).where(eq(apiKeys.keyid, read.keyid))
  const usable = row && isActive(row, now) ? row : undefined
  const match = matchHmac(usable, hmac, now) ?? (await matchImported(checkUnknownKey, usable, presented))
  if (!usable || !match) throw buildInvalidKeyError()
  await (match.storedAs === 'bcrypt'
    ? upgradeToHmac(db, { row: usable, match, hmac, now })
    : recordUse(db, usable.keyid, now))
  const ends = [usable.expiresAt, match.secret === 'previous' ? usable.previousUntil : null]
  const endsAt = Math.min(...ends.map((end) => end?.getTime() ?? Infinity))
  const { keyid, scopes, limitPerMinute } = usable
  const limitId = usable.limitId ?? deriveLimitId(usable.secretHmac ?? hmac)
  return { key: { keyid, scopes, limitPerMinute }, limitId, endsAtMs: endsAt }
}

/** Runs for every key that matches no HMAC, so that all refusals look alike. */
async function matchImported(
  checkUnknownKey: CheckUnknownKey,
  row: KeyRow | undefined,
  { read, hmac, now, source }: PresentedKey,
): Promise<SecretMatch | undefined> {
  const found = findBcryptHash(row, now)
  const { keyid } = read
  const matches = await checkUnknownKey({ source, keyid, text: formatKey(read), hmac, bcryptHash: found?.hash })
  return matches ? found : undefined
}

/** Returns the highest cost among the imported keys that can still match; 0: there are none. */
async function readHighestCost(db: Database, now: Date): Promise<number> {
  const cost = sql<number>`substr(${apiKeys.bcryptHash}, 5, 2)::int`
  const isOpen = (end: typeof apiKeys.expiresAt | typeof apiKeys.previousUntil) => or(isNull(end), gt(end, now))
  const [row] = await db
    .select({ cost: sql<number | null>`max(${cost})` })
    .from(apiKeys)
    .where(
      and(
        isNotNull(apiKeys.bcryptHash),
        sql`${cost} <= ${BCRYPT_COST_MAX}`,
        isNull(apiKeys.revokedAt),
        isOpen(apiKeys.expiresAt),
        isOpen(apiKeys.previousUntil),
      ),
    )
  return row?.cost ?? 0
}

/** Replaces the bcrypt hash by an HMAC, which is as fast and as safe as that of a key of our own. */
async function upgradeToHmac(
  db: Database,
  { row, match, hmac, now }: { row: KeyRow; match: SecretMatch; hmac: Buffer; now: Date },
): Promise<void> {
  const { keyid, bcryptHash } = row
  const kept = match.secret === 'current' ? { secretHmac: hmac } : { previousHmac: hmac }
  await runInTransaction(db, async (tx) => {
    const { rowCount } = await tx
      .update(apiKeys)
      .set({ ...kept, bcryptHash: null, lastUsedAt: now })
      // a concurrent rotation wins
      .where(and(eq(apiKeys.keyid, keyid), eq(apiKeys.bcryptHash, bcryptHash ?? ''), hasSameHmac(row)))
    if (rowCount === 0) return
    await recordAudit(tx, { actor: `key:${keyid}`, action: 'key.upgraded', object: `key:${keyid}` })
  })
}

function hasSameHmac({ secretHmac }: KeyRow) {
  return secretHmac === null ? isNull(apiKeys.secretHmac) : eq(apiKeys.secretHmac, secretHmac)
}

/** Uses are exact to the minute, which is enough to see which keys and sessions are in use. */
const USE_MS = 60_000

const isStale = (usedAt: Date, now: Date) => now.getTime() - usedAt.getTime() > USE_MS

async function recordUse(db: Database, keyid: string, now: Date): Promise<void> {
  const stale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, new Date(now.getTime() - USE_MS)))
  await db
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.keyid, keyid), stale))
}

function buildExpiryError(): AppError {
  const fields = [{ field: 'expires_at', message: 'must be in the future' }]
  return new AppError('VALIDATION_FAILED', 'expires_at is in the past', { details: { fields } })
}

function buildInvalidKeyError(): AppError {
  return new AppError('KEY_INVALID', 'this key is unknown, expired or revoked')
}
