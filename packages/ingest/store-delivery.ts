/** Stores a delivery of a webhook: once, however often it arrives and however many copies arrive at a time. */
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import { toStorableText } from '#db/storable'
import { imports, webhookDeliveries, webhookSources } from '#db/tables'
import { runInTransaction, type Transaction } from '#db/transaction'
import type { ImportDeps, ImportId } from '#ingest/imports/create-import'
import type { ListRow, RecognisedLeads } from '#ingest/read-list'
import { storeRows } from '#ingest/store-rows'
import { AppError } from '#platform/errors'

interface DeliveryToStore {
  webhook: { id: string; name: string }
  /** The header webhook-id. */
  id: string
  bodyHash: Buffer
  /** What the sender says about the event, for the audit log. */
  event: { type?: string | undefined; timestamp?: Date | undefined }
  keyid: string
  recognised: RecognisedLeads
  rows: ListRow[]
  /** True: a bulk scan of the accepted companies follows. */
  scan: boolean
  actor: string
  requestId: string
}

/** Senders try for about three days; a delivery that comes after this is stored a second time. */
const KEPT_MS = 7 * 24 * 3_600_000
/** Old deliveries that one delivery removes at most. */
const OLD_REMOVED_MAX = 100

/**
 * Returns the import that holds the leads. Delivery and leads commit together; a second delivery with the same id waits
 * for that and stores nothing. @throws AppError DELIVERY_ID_REUSED when its body is another one
 */
export async function storeDelivery(deps: ImportDeps, delivery: DeliveryToStore): Promise<ImportId> {
  return runInTransaction(deps.db, async (tx) => {
    const stored = { ...delivery, importId: deps.newId() as ImportId, now: deps.clock.now() }
    const known = await claimDelivery(tx, stored)
    if (known !== stored.importId) return known
    await storeLeads(tx, stored)
    await noteDelivery(tx, stored)
    await removeOld(tx, stored.now)
    return known
  })
}

interface NewDelivery extends DeliveryToStore {
  importId: ImportId
  now: Date
}

/** Returns the import of the first delivery with this id, which is this one's own if it is the first. */
async function claimDelivery(tx: Transaction, delivery: NewDelivery): Promise<ImportId> {
  const { webhook, id, bodyHash, importId, now } = delivery
  const row = { sourceId: webhook.id, id, bodyHash, importId, receivedAt: now }
  const { rowCount } = await tx.insert(webhookDeliveries).values(row).onConflictDoNothing()
  if (rowCount === 1) return importId
  const isThis = and(eq(webhookDeliveries.sourceId, webhook.id), eq(webhookDeliveries.id, id))
  const [first] = await tx.select().from(webhookDeliveries).where(isThis)
  if (!first) return claimDelivery(tx, delivery) // it was removed between the statements, because it is old
  if (first.bodyHash.equals(bodyHash)) return first.importId as ImportId
  throw new AppError('DELIVERY_ID_REUSED', 'this webhook-id was delivered before with another body')
}

/** The import is over, or runs until its scan is there. */
async function storeLeads(tx: Transaction, delivery: NewDelivery): Promise<void> {
  const { importId: id, keyid, webhook, recognised, rows, scan, now } = delivery
  const created = await storeRows(tx, { importId: id, source: webhook.name, rows, receivedAt: now })
  const domains = rows.flatMap(({ verdict }) => ('domain' in verdict ? [verdict.domain] : []))
  const counts = {
    rowsTotal: rows.length,
    rows: rows.length,
    accepted: domains.length,
    refused: rows.length - domains.length,
    created: created.size,
    duplicates: domains.length - new Set(domains).size,
  }
  const state = scan ? ({ state: 'running' } as const) : ({ state: 'done', finishedAt: now } as const)
  const columns = toStorableText(recognised)
  await tx.insert(imports).values({ id, keyid, recognised: columns, scan, createdAt: now, ...counts, ...state })
}

async function noteDelivery(tx: Transaction, delivery: NewDelivery): Promise<void> {
  const { webhook, id, importId, event, rows, scan, actor, requestId, now } = delivery
  const details = { delivery: id, ...event, import: importId, rows: rows.length, scan }
  await recordAudit(tx, { actor, action: 'webhook.received', object: `webhook:${webhook.id}`, details, requestId })
  const { lastDeliveryAt } = webhookSources
  // once a minute, and last, so that deliveries of one webhook do not wait for each other
  const isStale = or(isNull(lastDeliveryAt), lt(lastDeliveryAt, new Date(now.getTime() - 60_000)))
  await tx
    .update(webhookSources)
    .set({ lastDeliveryAt: now })
    .where(and(eq(webhookSources.id, webhook.id), isStale))
}

async function removeOld(tx: Transaction, now: Date): Promise<void> {
  const some = tx
    .select({ row: sql`ctid` })
    .from(webhookDeliveries)
    .where(lt(webhookDeliveries.receivedAt, new Date(now.getTime() - KEPT_MS)))
    .limit(OLD_REMOVED_MAX)
    .for('update', { skipLocked: true })
  await tx.delete(webhookDeliveries).where(sql`ctid = any(array(${some}))`)
}
