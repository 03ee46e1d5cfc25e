/** API keys: shown once, kept as an HMAC, checked in constant time. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { and, eq, isNull, lt, or } from 'drizzle-orm'
import { bodyOf, newKeyText, readKey, writeKey } from '#api/key-text'
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { apiKeys, type Scope } from '#db/tables'
import { inTransaction } from '#db/transaction'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

export interface ApiKey {
  keyid: string
  scopes: Scope[]
}

export interface KeyDeps {
  db: Database
  clock: Clock
  /** Secret of the installation, kept outside of the database: a copy of the table alone opens nothing. */
  pepper: string
  /** `local`, `test` or `live`: keys of one do not open another. */
  env: string
}

export interface NewKey {
  name: string
  scopes: Scope[]
  actor: string
}

/** The text is answered here and nowhere again. */
export async function createKey(
  deps: KeyDeps & { randomBytes: (count: number) => Uint8Array },
  { name, scopes, actor }: NewKey,
): Promise<{ keyid: string; key: string }> {
  const key = newKeyText(deps.env, deps.randomBytes)
  const { keyid } = key
  await inTransaction(deps.db, async (tx) => {
    const secretHmac = hmacOf(deps.pepper, bodyOf(key))
    await tx.insert(apiKeys).values({ keyid, name, scopes, secretHmac, createdAt: deps.clock.now() })
    await recordAudit(tx, { actor, action: 'key.created', object: `key:${keyid}`, details: { name, scopes } })
  })
  return { keyid, key: writeKey(key) }
}

export interface KeyVerifier {
  /** @throws AppError KEY_INVALID, the same for every reason */
  verify(text: string): Promise<ApiKey>
}

/** A key that was right is taken without asking for this long; revoking it takes as long to be felt. */
const TRUST_MS = 5_000
const TRUSTED_MAX = 1_000

export function createKeyVerifier(deps: KeyDeps): KeyVerifier {
  const trusted = new Map<string, { key: ApiKey; until: number }>()
  return {
    async verify(text) {
      const read = readKey(text)
      if (!read || read.env !== deps.env) throw refused()
      const hmac = hmacOf(deps.pepper, bodyOf(read))
      const now = deps.clock.now()
      const known = trusted.get(hmac.toString('hex'))
      if (known && known.until > now.getTime()) return known.key
      const key = await lookUp(deps, read.keyid, hmac)
      if (trusted.size >= TRUSTED_MAX) trusted.clear()
      trusted.set(hmac.toString('hex'), { key, until: now.getTime() + TRUST_MS })
      await noteUse(deps, read.keyid, now)
      return key
    },
  }
}

async function lookUp({ db }: KeyDeps, keyid: string, hmac: Buffer): Promise<ApiKey> {
  const [row] = await db.select().from(apiKeys).where(eq(apiKeys.keyid, keyid))
  // an unknown id costs the same comparison as a wrong secret
  const matches = timingSafeEqual(row?.secretHmac ?? Buffer.alloc(hmac.length), hmac)
  if (!row || !matches || row.revokedAt !== null) throw refused()
  return { keyid, scopes: row.scopes }
}

/** Once a minute is enough to see which keys are in use. */
async function noteUse({ db }: KeyDeps, keyid: string, now: Date): Promise<void> {
  const stale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, new Date(now.getTime() - 60_000)))
  await db
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.keyid, keyid), stale))
}

function hmacOf(pepper: string, body: string): Buffer {
  return createHmac('sha256', pepper).update(body).digest()
}

function refused(): AppError {
  return new AppError('KEY_INVALID', 'this key opens nothing here')
}
