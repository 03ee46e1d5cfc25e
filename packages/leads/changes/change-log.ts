/** Owns the change log of companies and the alerts that some changes raise. */
import { and, desc, eq, lt } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { Queryable } from '#db/client'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { toStorableText } from '#db/storable'
import { alerts, companies, leadChanges, scans } from '#db/tables'
import type { Transaction } from '#db/transaction'
import { queueDeliveries } from '#leads/alerts/queue-deliveries'
import {
  ALERT_TYPES,
  type AlertType,
  type Change,
  type ChangeCause,
  type ChangeType,
} from '#leads/changes/change-types'
import type { CompanyId, Lead } from '#leads/store'
import { AppError } from '#platform/errors'
import type { Domain } from '#signals/normalise'

export interface ChangeRow {
  id: number
  type: ChangeType
  old: Change['old']
  new: Change['new']
  cause: ChangeCause
  at: Date
}

interface AlertRow extends ChangeRow {
  type: AlertType
  domain: string
}

/**
 * Call it in the transaction that saves the leads, while their companies are locked: ids then follow the order of the
 * changes. Alerts enter the outbox of each channel that wants them.
 */
export async function appendChanges(
  tx: Transaction,
  changed: { companyId: CompanyId; lead: Lead; changes: Change[] }[],
): Promise<void> {
  const rows = changed.flatMap(({ companyId, changes }) =>
    changes.map(({ type, old, new: now, cause, at }) => ({
      companyId,
      type,
      oldValue: toStorableText(old),
      newValue: toStorableText(now),
      cause,
      at: new Date(at),
    })),
  )
  if (rows.length === 0) return
  const rowsSaved = await tx.insert(leadChanges).values(rows).returning({
    changeId: leadChanges.id,
    companyId: leadChanges.companyId,
    type: leadChanges.type,
    raisedAt: leadChanges.at,
  })
  const leads = new Map(changed.map(({ companyId, lead }) => [companyId, lead]))
  const raised = rowsSaved.flatMap(({ companyId, type, ...row }) => {
    const lead = leads.get(companyId as CompanyId)
    if (!isAlertType(type) || !lead) return []
    const { segment, priority } = lead.segment
    return [{ ...row, type, segment, priority, score: lead.score.value }]
  })
  if (raised.length === 0) return
  const ids = await tx.insert(alerts).values(raised).returning({ id: alerts.id, changeId: alerts.changeId })
  const idOf = new Map(ids.map(({ id, changeId }) => [changeId, id]))
  await queueDeliveries(
    tx,
    raised.map((alert) => ({ ...alert, id: idOf.get(alert.changeId) as number })),
  )
}

function isAlertType(type: string): type is AlertType {
  return (ALERT_TYPES as readonly string[]).includes(type)
}

const CHANGE = {
  id: leadChanges.id,
  type: leadChanges.type,
  old: leadChanges.oldValue,
  new: leadChanges.newValue,
  cause: leadChanges.cause,
  at: leadChanges.at,
}

/** Lists rows newest first, by id. */
function newestFirst(name: string): Listing<[id: number]> {
  return { name, place: z.tuple([z.int().check(z.gt(0))]) }
}

/**
 * Lists a company's changes, newest first.
 *
 * @throws AppError LEAD_NOT_FOUND, VALIDATION_FAILED (cursor)
 */
export async function listChanges(db: Queryable, domain: Domain, page: PageQuery): Promise<Page<ChangeRow>> {
  const listing = newestFirst(`history of ${domain}`)
  const [before] = parseCursor(listing, page.cursor) ?? []
  const rows = await db
    .select({ company: companies.id, change: CHANGE })
    .from(companies)
    .innerJoin(scans, eq(scans.companyId, companies.id))
    .leftJoin(
      leadChanges,
      and(eq(leadChanges.companyId, companies.id), before ? lt(leadChanges.id, before) : undefined),
    )
    .where(eq(companies.domain, domain))
    .orderBy(desc(leadChanges.id))
    .limit(countRowsToRead(page))
  if (rows.length === 0) throw new AppError('LEAD_NOT_FOUND', `no lead for ${domain}`, { details: { domain } })
  const changes = rows.flatMap(({ change }) => (change ? [change as ChangeRow] : []))
  return cutPage(listing, { rows: changes, page, placeOf: ({ id }) => [id] })
}

/** Lists the alerts of all companies, newest first, in one statement. @throws AppError VALIDATION_FAILED (cursor) */
export async function listAlerts(
  db: Queryable,
  { type, ...page }: PageQuery & { type?: AlertType | undefined },
): Promise<Page<AlertRow>> {
  const listing = newestFirst('alerts')
  const [before] = parseCursor(listing, page.cursor) ?? []
  const rows = await db
    .select({ ...CHANGE, id: alerts.id, domain: companies.domain })
    .from(alerts)
    .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
    .innerJoin(companies, eq(companies.id, leadChanges.companyId))
    .where(and(type && eq(alerts.type, type), before ? lt(alerts.id, before) : undefined))
    .orderBy(desc(alerts.id))
    .limit(countRowsToRead(page))
  return cutPage(listing, { rows: rows as AlertRow[], page, placeOf: ({ id }) => [id] })
}
