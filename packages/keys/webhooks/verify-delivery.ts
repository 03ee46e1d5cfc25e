/** Finds the webhook that signed a delivery. */
import { createHmac } from 'node:crypto'
import { and, asc, eq, isNull } from 'drizzle-orm'
import { webhookSources } from '#db/tables'
import type { NewKeyDeps } from '#keys/verify-key'
import { openSecrets } from '#keys/webhooks/secrets'
import { isSignedBy } from '#keys/webhooks/signature'
import { AppError } from '#platform/errors'

interface SentDelivery {
  /** API key of the request. */
  keyid: string
  /** Headers; undefined: not sent. */
  id: string | undefined
  timestamp: string | undefined
  signatures: string | undefined
  body: Uint8Array
}

interface Delivery {
  webhook: { id: string; name: string }
  /** The header webhook-id. */
  id: string
  /** The same for the same bytes. Keyed, so that it does not confirm a guess at what they say. */
  bodyHash: Buffer
}

/** Allows for clocks that differ, and ends the use of a delivery that a stranger recorded. */
const TOLERANCE_SECONDS = 300

/** A full stop in the id gives no second reading of the signed text: what follows the timestamp must be JSON. */
const ID = /^[\x21-\x7e]{1,255}$/
const TIMESTAMP = /^\d{1,12}$/

/** @throws AppError SIGNATURE_MISSING, SIGNATURE_STALE, SIGNATURE_INVALID */
export async function verifyDelivery(deps: NewKeyDeps, { keyid, body, ...sent }: SentDelivery): Promise<Delivery> {
  const now = deps.clock.now()
  const id = requireHeader('webhook-id', sent.id, ID)
  const timestamp = requireHeader('webhook-timestamp', sent.timestamp, TIMESTAMP)
  const signatures = requireHeader('webhook-signature', sent.signatures, /./)
  requireFresh(Number(timestamp), now)
  const rows = await deps.db
    .select()
    .from(webhookSources)
    .where(and(eq(webhookSources.keyid, keyid), isNull(webhookSources.revokedAt)))
    .orderBy(asc(webhookSources.id)) // a delivery with signatures of two webhooks always belongs to the same one
  const isSigner = (row: (typeof rows)[0]) =>
    openSecrets(deps, row, now).some((secret) => isSignedBy(secret, { id, timestamp, body }, signatures))
  const webhook = rows.find(isSigner)
  if (!webhook) throw refuse(rows.length)
  return { webhook, id, bodyHash: createHmac('sha256', deps.pepper).update('webhook body\n').update(body).digest() }
}

function requireHeader(name: string, value: string | undefined, shape: RegExp): string {
  if (value !== undefined && shape.test(value)) return value
  throw new AppError('SIGNATURE_MISSING', `the header ${name} is ${value === undefined ? 'missing' : 'malformed'}`)
}

function requireFresh(timestamp: number, now: Date): void {
  const ageSeconds = Math.floor(now.getTime() / 1_000) - timestamp
  if (Math.abs(ageSeconds) <= TOLERANCE_SECONDS) return
  const side = ageSeconds > 0 ? 'before' : 'after'
  throw new AppError('SIGNATURE_STALE', `webhook-timestamp is ${Math.abs(ageSeconds)} s ${side} this service's clock`, {
    details: { tolerance_seconds: TOLERANCE_SECONDS, now: now.toISOString() },
  })
}

function refuse(webhooks: number): AppError {
  const why = webhooks === 0 ? 'this key has no webhook' : 'no signature matches a secret of a webhook of this key'
  return new AppError('SIGNATURE_INVALID', why)
}
