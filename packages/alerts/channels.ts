/** Creates, tests, lists and deletes channels. The transaction of each change also writes its audit entry. */
import { timingSafeEqual } from 'node:crypto'
import { asc, eq } from 'drizzle-orm'
import type * as z from 'zod/mini'
import { computeCode, createChannelSeal, hashAddress, hintAddress, openChannel } from '#alerts/channel-secrets'
import { normaliseAddress } from '#alerts/channel-address'
import {
  type By,
  type ChannelInfo,
  dropQueue,
  keepQueue,
  lockChannel,
  nameChannel,
  takeTurn,
  toInfo,
  type ToChannel,
  updateChannel,
} from '#alerts/channel-rows'
import { CHANNELS_MAX, type newChannelBody } from '#alerts/fields'
import { findChannel, refuseChannel } from '#alerts/find-channel'
import type { Outcome, SendMessage } from '#alerts/message'
import { type ChannelRow, disableChannel, NO_FAILURES } from '#alerts/outbox'
import { recordAudit } from '#db/audit'
import type { Database, Queryable } from '#db/client'
import { toStorableText } from '#db/storable'
import { alertChannels, alertQueues } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import type { SealDeps } from '#keys/seal'
import { generateSecret } from '#keys/webhooks/signature'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { Network } from '#signals/registration/network'

export interface ChannelDeps extends SealDeps {
  db: Database
  clock: Clock
  newId: () => string
  isTrusted: Network['isTrusted']
}

export interface CreatedChannel {
  id: string
  /** Signs the events of a webhook; no table stores it in plain text. null: another kind. */
  secret: string | null
}

/** @throws AppError VALIDATION_FAILED for an address that cannot work, CHANNELS_MAX */
export async function createChannel(
  deps: ChannelDeps,
  { actor, requestId, ...fields }: By & z.output<typeof newChannelBody>,
  also?: AlsoSave<CreatedChannel>,
): Promise<CreatedChannel> {
  const { kind, types = null, segments = null, language, timezone } = fields
  const address = normaliseAddress(deps, fields)
  const id = deps.newId()
  const seal = createChannelSeal(deps, id)
  const secret = kind === 'webhook' ? generateSecret(deps.randomBytes) : null
  const addressHash = hashAddress(deps, address)
  const now = deps.clock.now()
  const created = { id, secret }
  await runInTransaction(deps.db, async (tx) => {
    await takeTurn(tx)
    if ((await tx.$count(alertChannels)) >= CHANNELS_MAX)
      throw new AppError('CHANNELS_MAX', `there are ${CHANNELS_MAX} channels already`)
    await keepQueue(tx, addressHash, now)
    await tx.insert(alertChannels).values({
      id,
      name: toStorableText(fields.name),
      kind,
      address: seal.encrypt(address),
      addressHint: hintAddress(address),
      addressHash,
      secret: secret === null ? null : seal.encrypt(secret),
      types,
      segments,
      priorityMax: fields.priority_max ?? null,
      language,
      digestHour: fields.digest_hour ?? null,
      timezone,
      createdAt: now,
    })
    const details = { name: fields.name, kind }
    await recordAudit(tx, { actor, action: 'alert_channel.created', object: nameChannel(id), details, requestId })
    await also?.(tx, created)
  })
  return created
}

/** Oldest first. */
export async function listChannels(db: Queryable): Promise<ChannelInfo[]> {
  const rows = await db.select().from(alertChannels).orderBy(asc(alertChannels.createdAt), asc(alertChannels.id))
  return rows.map(toInfo)
}

/** @throws AppError CHANNEL_NOT_FOUND */
export async function getChannel(db: Queryable, channel: string): Promise<ChannelInfo> {
  return toInfo(await findChannel(db, channel))
}

interface TestDeps extends ChannelDeps {
  send: SendMessage
}

export interface TestedChannel {
  channel: ChannelInfo
  outcome: Outcome
}

/**
 * Sends a test message at once. A channel whose test arrives becomes active, also one that was disabled; an e-mail
 * address only once its reader has confirmed it, with a code that no reader had before the last one unsubscribed.
 * @throws AppError CHANNEL_NOT_FOUND
 */
export async function testChannel(
  deps: TestDeps,
  { channel, actor, requestId }: ToChannel,
  also?: AlsoSave<TestedChannel>,
): Promise<TestedChannel> {
  const now = deps.clock.now()
  const row = await findChannel(deps.db, channel)
  const { id, unsubscribedAt } = row
  const open = openChannel(deps, row, now)
  const code =
    row.kind === 'email' && row.state !== 'active' ? computeCode(deps, { ...open, unsubscribedAt }) : undefined
  const outcome = await deps.send(open, { id: deps.newId(), at: now, alerts: [], ...(code && { code }) })
  return runInTransaction(deps.db, async (tx) => {
    const details = { sent: outcome.kind === 'sent' }
    await recordAudit(tx, { actor, action: 'alert_channel.tested', object: nameChannel(id), details, requestId })
    const locked = await lockChannel(tx, id)
    // a reader may have unsubscribed while the test was on its way
    const isProven = outcome.kind === 'sent' && (locked.kind !== 'email' || locked.state === 'active')
    const change = isProven ? ACTIVE : { stateReason: explainState(locked, outcome) }
    // a test says nothing about an address that was changed meanwhile
    const isSame = locked.addressHash.equals(row.addressHash)
    const tested = { channel: isSame ? await updateChannel(tx, id, change) : toInfo(locked), outcome }
    await also?.(tx, tested)
    return tested
  })
}

/** A test says why a channel is unverified, but not why it fails or was disabled. */
function explainState({ state, stateReason }: ChannelRow, outcome: Outcome): string | null {
  if (state !== 'unverified') return stateReason
  return outcome.kind === 'failed' ? outcome.reason : null
}

/** @throws AppError CHANNEL_NOT_FOUND, VALIDATION_FAILED for a code that the channel's test message did not have */
export async function confirmChannel(
  deps: ChannelDeps,
  { channel, code, actor, requestId }: ToChannel & { code: string },
  also?: AlsoSave<ChannelInfo>,
): Promise<ChannelInfo> {
  const { id } = await findChannel(deps.db, channel)
  return runInTransaction(deps.db, async (tx) => {
    const row = await lockChannel(tx, id)
    const { address } = openChannel(deps, row, deps.clock.now())
    const [given, expected] = [Buffer.from(code.trim()), Buffer.from(computeCode(deps, { ...row, address }))]
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      const details = { fields: [{ field: 'code', message: 'must be the code of the newest test message' }] }
      throw new AppError('VALIDATION_FAILED', 'the code is not the one of the test message', { details })
    }
    await recordAudit(tx, { actor, action: 'alert_channel.confirmed', object: nameChannel(id), requestId })
    const confirmed = await updateChannel(tx, id, { ...ACTIVE, confirmedAt: deps.clock.now() })
    await also?.(tx, confirmed)
    return confirmed
  })
}

const ACTIVE = { state: 'active', stateReason: null, ...NO_FAILURES } as const

interface RotatedChannel {
  id: string
  secret: string
  previousUntil: Date | null
}

/**
 * Gives a webhook a new secret. Its events carry both signatures for `graceSeconds`; a second rotation within that time
 * ends the oldest secret. @throws AppError CHANNEL_NOT_FOUND, VALIDATION_FAILED for a channel that signs nothing
 */
export async function rotateChannel(
  deps: ChannelDeps,
  { channel, graceSeconds, actor, requestId }: ToChannel & { graceSeconds: number },
  also?: AlsoSave<RotatedChannel>,
): Promise<RotatedChannel> {
  const secret = generateSecret(deps.randomBytes)
  const isGraceful = graceSeconds > 0
  const previousUntil = isGraceful ? new Date(deps.clock.now().getTime() + graceSeconds * 1_000) : null
  const { id } = await findChannel(deps.db, channel)
  const rotated = { id, secret, previousUntil }
  await runInTransaction(deps.db, async (tx) => {
    const row = await lockChannel(tx, id)
    if (row.secret === null) {
      const details = { fields: [{ field: 'channel', message: 'must be a webhook' }] }
      throw new AppError('VALIDATION_FAILED', 'the channel is no webhook, so it signs nothing', { details })
    }
    const previousSecret = isGraceful ? row.secret : null
    const sealed = createChannelSeal(deps, id).encrypt(secret)
    await updateChannel(tx, id, { secret: sealed, previousSecret, previousUntil })
    const details = { graceSeconds }
    await recordAudit(tx, { actor, action: 'alert_channel.rotated', object: nameChannel(id), details, requestId })
    await also?.(tx, rotated)
  })
  return rotated
}

/** Ends what waits for the channel, too. A test that arrives makes it active. @throws AppError CHANNEL_NOT_FOUND */
export async function switchOffChannel(
  { db }: Pick<ChannelDeps, 'db'>,
  { channel, actor, requestId }: ToChannel,
  also?: AlsoSave<ChannelInfo>,
): Promise<ChannelInfo> {
  const { id } = await findChannel(db, channel)
  return runInTransaction(db, async (tx) => {
    const row = await disableChannel(tx, { id, reason: 'A person switched the channel off.' })
    if (!row) throw refuseChannel(id)
    await recordAudit(tx, { actor, action: 'alert_channel.disabled', object: nameChannel(id), requestId })
    const disabled = toInfo(row)
    await also?.(tx, disabled)
    return disabled
  })
}

/** Deletes the channel with its log. @throws AppError CHANNEL_NOT_FOUND */
export async function deleteChannel(
  { db }: Pick<ChannelDeps, 'db'>,
  { channel, actor, requestId }: ToChannel,
  also?: AlsoSave<ChannelInfo>,
): Promise<ChannelInfo> {
  return runInTransaction(db, async (tx) => {
    await takeTurn(tx)
    const { id, addressHash } = await findChannel(tx, channel)
    await tx.select().from(alertQueues).where(eq(alertQueues.addressHash, addressHash)).for('no key update')
    const [row] = await tx.delete(alertChannels).where(eq(alertChannels.id, id)).returning()
    if (!row) throw refuseChannel(id)
    await dropQueue(tx, addressHash)
    const details = { name: row.name, kind: row.kind }
    await recordAudit(tx, { actor, action: 'alert_channel.deleted', object: nameChannel(id), details, requestId })
    const deleted = toInfo(row)
    await also?.(tx, deleted)
    return deleted
  })
}
