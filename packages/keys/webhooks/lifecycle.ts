/** Creates, lists, rotates and revokes webhooks. The transaction of each change also writes its audit entry. */
import { and, asc, count, eq, isNull, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import { recordAudit } from '#db/audit'
import type { Queryable } from '#db/client'
import { moment, selectMoment } from '#db/moment'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { toStorableText } from '#db/storable'
import { apiKeys, webhookSources } from '#db/tables'
import { type AlsoSave, runInTransaction, type Transaction } from '#db/transaction'
import { isKeyid } from '#keys/key-format'
import { isActive } from '#keys/match-secret'
import type { NewKeyDeps } from '#keys/verify-key'
import { isInOverlap, sealSecret, type WebhookRow } from '#keys/webhooks/secrets'
import { generateSecret } from '#keys/webhooks/signature'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'

interface WebhookDeps extends NewKeyDeps {
  newId: () => string
}

/** Everything about a webhook except its secrets. */
export interface WebhookInfo {
  id: string
  name: string
  keyid: string
  /** `key-ended`: its API key is revoked or has expired, so it works no more. */
  state: 'active' | 'key-ended' | 'revoked'
  createdAt: Date
  rotatedAt: Date | null
  /** The secret before the last rotation works until then. */
  previousUntil: Date | null
  revokedAt: Date | null
  /** Exact to the minute. */
  lastDeliveryAt: Date | null
}

interface By {
  actor: string
  requestId?: string | undefined
}

export interface CreatedWebhook {
  id: string
  /** No table stores it in plain text. */
  secret: string
}

export interface RotatedWebhook extends CreatedWebhook {
  /** The previous secret works until then; null: it has ended. */
  previousUntil: Date | null
}

/** A signature is compared with the secrets of all of a key's webhooks. */
const ACTIVE_PER_KEY_MAX = 10

/** @throws AppError KEY_NOT_FOUND, KEY_NOT_ACTIVE, VALIDATION_FAILED for a key that cannot write or has enough webhooks */
export async function createWebhook(
  deps: WebhookDeps,
  { keyid, name, actor, requestId }: By & { keyid: string; name: string },
  also?: AlsoSave<CreatedWebhook>,
): Promise<CreatedWebhook> {
  const created = { id: deps.newId(), secret: generateSecret(deps.randomBytes) }
  const { id } = created
  const row = { id, keyid, name: toStorableText(name), secret: sealSecret(deps, id, created.secret) }
  await runInTransaction(deps.db, async (tx) => {
    await requireSender(tx, keyid, deps.clock.now())
    await tx.insert(webhookSources).values({ ...row, createdAt: deps.clock.now() })
    const details = { name: row.name, key: keyid }
    await recordAudit(tx, { actor, action: 'webhook.created', object: nameWebhook(id), details, requestId })
    await also?.(tx, created)
  })
  return created
}

/** The lock makes two requests count one after the other. */
async function requireSender(tx: Transaction, keyid: string, now: Date): Promise<void> {
  const [key] = isKeyid(keyid)
    ? await tx.select().from(apiKeys).where(eq(apiKeys.keyid, keyid)).for('no key update')
    : []
  if (!key) throw new AppError('KEY_NOT_FOUND', `there is no key ${keyid.slice(0, 100)}`)
  if (!isActive(key, now)) throw new AppError('KEY_NOT_ACTIVE', `the key ${keyid} was revoked or has expired`)
  if (!key.scopes.some((scope) => scope !== 'read')) throw refuseKey('must be a key with the scope write')
  const own = and(eq(webhookSources.keyid, keyid), isNull(webhookSources.revokedAt))
  const [active] = await tx.select({ count: count() }).from(webhookSources).where(own)
  if ((active?.count ?? 0) >= ACTIVE_PER_KEY_MAX) {
    throw refuseKey(`must be a key with fewer than ${ACTIVE_PER_KEY_MAX} webhooks: revoke one, or use another key`)
  }
}

function refuseKey(message: string): AppError {
  const details = { fields: [{ field: 'keyid', message }] }
  return new AppError('VALIDATION_FAILED', `the webhook's key ${message}`, { details })
}

const WEBHOOKS_BY_CREATION: Listing<[createdAt: string, id: string]> = {
  name: 'webhooks by creation',
  place: z.tuple([moment, z.uuid()]),
}

/** Oldest first. @throws AppError VALIDATION_FAILED for a bad cursor */
export async function listWebhooks(
  { db, clock }: { db: Queryable; clock: Clock },
  query: PageQuery,
): Promise<Page<WebhookInfo>> {
  const { createdAt, id } = webhookSources
  const after = parseCursor(WEBHOOKS_BY_CREATION, query.cursor)
  const rows = await db
    .select({ row: webhookSources, at: selectMoment(createdAt), key: apiKeys })
    .from(webhookSources)
    .innerJoin(apiKeys, eq(apiKeys.keyid, webhookSources.keyid))
    .where(after && sql`(${createdAt}, ${id}) > (${after[0]}::timestamptz, ${after[1]}::uuid)`)
    .orderBy(asc(createdAt), asc(id))
    .limit(countRowsToRead(query))
  const page = cutPage(WEBHOOKS_BY_CREATION, { rows, page: query, placeOf: ({ at, row }) => [at, row.id] })
  const now = clock.now()
  return { ...page, items: page.items.map(({ row, key }) => toWebhookInfo(row, isActive(key, now), now)) }
}

/**
 * Creates a new secret; the old one works for `graceSeconds` more. During that overlap only a rotation with
 * `graceSeconds: 0` succeeds, and it ends both old secrets: any other would end a secret in use, perhaps only because a
 * client sent its request twice. @throws AppError WEBHOOK_NOT_FOUND, WEBHOOK_REVOKED, WEBHOOK_IN_GRACE
 */
export async function rotateWebhook(
  deps: NewKeyDeps,
  { id, graceSeconds, actor, requestId }: By & { id: string; graceSeconds: number },
  also?: AlsoSave<RotatedWebhook>,
): Promise<RotatedWebhook> {
  const now = deps.clock.now()
  const previousUntil = graceSeconds > 0 ? new Date(now.getTime() + graceSeconds * 1_000) : null
  const rotated = { id, secret: generateSecret(deps.randomBytes), previousUntil }
  await runInTransaction(deps.db, async (tx) => {
    const row = await lockWebhook(tx, id)
    if (row.revokedAt !== null) throw new AppError('WEBHOOK_REVOKED', 'the webhook is revoked')
    if (graceSeconds > 0) requireNoOverlap(row, now)
    const secret = sealSecret(deps, id, rotated.secret)
    const previousSecret = previousUntil && row.secret
    await tx
      .update(webhookSources)
      .set({ secret, previousSecret, previousUntil, rotatedAt: now })
      .where(eq(webhookSources.id, id))
    const details = { graceSeconds }
    await recordAudit(tx, { actor, action: 'webhook.rotated', object: nameWebhook(id), details, requestId })
    await also?.(tx, rotated)
  })
  return rotated
}

function requireNoOverlap(row: WebhookRow, now: Date): void {
  if (!isInOverlap(row, now)) return
  const until = row.previousUntil?.toISOString()
  throw new AppError('WEBHOOK_IN_GRACE', `the webhook was rotated, and its old secret works until ${until}`, {
    details: { previous_until: until },
  })
}

/**
 * Ends the webhook or, with `oldSecretOnly`, the overlap of its last rotation, at once. What has ended already stays as
 * it is. @throws AppError WEBHOOK_NOT_FOUND
 */
export async function revokeWebhook(
  { db, clock }: Pick<NewKeyDeps, 'db' | 'clock'>,
  { id, oldSecretOnly, actor, requestId }: By & { id: string; oldSecretOnly: boolean },
): Promise<WebhookInfo> {
  const now = clock.now()
  return runInTransaction(db, async (tx) => {
    const row = await lockWebhook(tx, id)
    const [key] = await tx.select().from(apiKeys).where(eq(apiKeys.keyid, row.keyid))
    const isKeyActive = key !== undefined && isActive(key, now)
    const isEnded = row.revokedAt !== null || (oldSecretOnly && !isInOverlap(row, now))
    if (isEnded) return toWebhookInfo(row, isKeyActive, now)
    const noOld = { previousSecret: null, previousUntil: null }
    const change = oldSecretOnly ? noOld : { ...noOld, secret: null, revokedAt: now }
    await tx.update(webhookSources).set(change).where(eq(webhookSources.id, id))
    const action = oldSecretOnly ? 'webhook_overlap.ended' : 'webhook.revoked'
    await recordAudit(tx, { actor, action, object: nameWebhook(id), requestId })
    return toWebhookInfo({ ...row, ...change }, isKeyActive, now)
  })
}

async function lockWebhook(tx: Transaction, id: string): Promise<WebhookRow> {
  const isId = z.safeParse(z.uuid(), id).success
  const [row] = isId ? await tx.select().from(webhookSources).where(eq(webhookSources.id, id)).for('update') : []
  if (!row) throw new AppError('WEBHOOK_NOT_FOUND', `there is no webhook ${id.slice(0, 100)}`)
  return row
}

function nameWebhook(id: string): string {
  return `webhook:${id}`
}

function toWebhookInfo(row: WebhookRow, isKeyActive: boolean, now: Date): WebhookInfo {
  const { id, name, keyid, createdAt, rotatedAt, revokedAt, lastDeliveryAt } = row
  const state = revokedAt !== null ? 'revoked' : isKeyActive ? 'active' : 'key-ended'
  const previousUntil = isInOverlap(row, now) ? row.previousUntil : null
  return { id, name, keyid, state, createdAt, rotatedAt, previousUntil, revokedAt, lastDeliveryAt }
}
