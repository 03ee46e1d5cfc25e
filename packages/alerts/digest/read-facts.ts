/**
 * Reads what a digest tells, between two marks, with one or two statements a section. Each reads the ids of its period
 * alone, however many leads there are.
 */
import { and, asc, count, desc, eq, exists, gt, gte, inArray, lte, ne, not, or, type SQL, sql } from 'drizzle-orm'
import { ITEMS_MAX } from '#alerts/digest/build-digest'
import type { DigestFacts, FailedChannel } from '#alerts/digest/facts'
import type { ChannelRow } from '#alerts/outbox'
import type { Queryable } from '#db/client'
import {
  alertChannels,
  alertDeliveries,
  type alertDigests,
  alerts,
  companies,
  type DigestBackup,
  type DigestMarks,
  leadChanges,
  leadMoves,
  leadScores,
  leadsReady,
} from '#db/tables'
import type { AlertType } from '#leads/changes/change-types'

/** The channel that reads the digest. Its filters hold for each section. */
type Reader = Pick<ChannelRow, 'types' | 'segments' | 'priorityMax' | 'timezone'> & { id: string | null }

interface DigestPeriod {
  from: Date
  to: Date
  fromMarks: DigestMarks
  toMarks: DigestMarks
}

/** A digest that was late also tells what happened until then. */
export function toPeriod(digest: typeof alertDigests.$inferSelect): DigestPeriod {
  const { fromAt: from, openedAt: to, fromMarks, toMarks } = digest
  return { from, to, fromMarks, toMarks }
}

/** The newest ids of this moment. A transaction in progress may still add older ones. */
export async function readMarks(db: Queryable): Promise<DigestMarks> {
  return readMarksBefore(db, null)
}

/** Further back than any transaction that is in progress. */
const START_MARGIN_MS = 5 * 60_000

/**
 * Where the first digest of a channel begins. Its alerts begin a little in the past: what the channel was sent at once
 * meanwhile is left out of its digest.
 */
export async function readFirstMarks(db: Queryable, now: Date): Promise<DigestMarks> {
  const { alerts } = await readMarksBefore(db, new Date(now.getTime() - START_MARGIN_MS))
  return { ...(await readMarks(db)), alerts }
}

/** The newest ids before a time, as nearly as the rows tell. */
async function readMarksBefore(db: Queryable, before: Date | null): Promise<DigestMarks> {
  const until = (column: SQL) => (before === null ? sql`true` : sql`${column} < ${before.toISOString()}::timestamptz`)
  const { rows } = await db.execute<Record<keyof DigestMarks, string>>(sql`
    select (select coalesce(max(id), 0) from lead_moves where ${until(sql`at`)}) as moves,
           (select coalesce(max(id), 0) from alerts where ${until(sql`raised_at`)}) as alerts,
           (select coalesce(max(entry), 0) from lead_scores where entry is not null and ${until(sql`scored_at`)}) as entries`)
  const [row] = rows
  return { moves: Number(row?.moves), alerts: Number(row?.alerts), entries: Number(row?.entries) }
}

/** `backup`: null where the installation has none to read. */
export async function readDigestFacts(
  db: Queryable,
  { reader, period, backup }: { reader: Reader; period: DigestPeriod; backup: DigestBackup | null },
): Promise<DigestFacts> {
  const { from, to } = period
  return {
    from,
    to,
    timezone: reader.timezone,
    moves: await readMoves(db, reader, period),
    migration: await readMigration(db, reader, period),
    expiring: await readExpiring(db, reader, period),
    alerts: await readAlerts(db, reader, period),
    channels: await readFailedChannels(db, reader, from),
    backup,
  }
}

const NONE = { count: 0, top: [] }

/** A channel that does not want the type of alert that a section is about does not get the section. */
function wantsType({ types }: Reader, type: AlertType): boolean {
  return types === null || types.includes(type)
}

/** Filters by the lead as it is now. */
function wantsLead({ segments, priorityMax }: Reader): SQL | undefined {
  return and(
    segments === null ? undefined : inArray(leadsReady.segment, segments),
    priorityMax === null ? undefined : lte(leadsReady.priority, priorityMax),
  )
}

/** Filters by type, and by the lead as it was when the alert was raised. */
export function wantsAlert({ types, segments, priorityMax }: Omit<Reader, 'id' | 'timezone'>): SQL | undefined {
  return and(
    types === null ? undefined : inArray(alerts.type, types),
    segments === null ? undefined : inArray(alerts.segment, segments),
    priorityMax === null ? undefined : lte(alerts.priority, priorityMax),
  )
}

async function readMoves(db: Queryable, reader: Reader, { fromMarks, toMarks }: DigestPeriod) {
  if (!wantsType(reader, 'mx_changed')) return { ...NONE, kinds: [] }
  const wanted = and(gt(leadMoves.id, fromMarks.moves), lte(leadMoves.id, toMarks.moves), wantsLead(reader))
  const kinds = await db
    .select({ kind: leadMoves.kind, count: count() })
    .from(leadMoves)
    .innerJoin(leadsReady, eq(leadsReady.companyId, leadMoves.companyId))
    .where(wanted)
    .groupBy(leadMoves.kind)
    .orderBy(desc(count()), asc(leadMoves.kind))
  const top = await db
    .select({
      domain: leadsReady.domain,
      company: leadsReady.company,
      kind: leadMoves.kind,
      from: leadMoves.fromPlace,
      to: leadMoves.toPlace,
    })
    .from(leadMoves)
    .innerJoin(leadsReady, eq(leadsReady.companyId, leadMoves.companyId))
    .where(wanted)
    .orderBy(asc(leadsReady.priority), desc(leadsReady.score), desc(leadMoves.id))
    .limit(ITEMS_MAX)
  return {
    count: kinds.reduce((sum, { count }) => sum + count, 0),
    kinds,
    top: top as DigestFacts['moves']['top'],
  }
}

/** Companies that were judged for the first time, and those whose segment changed. */
async function readMigration(db: Queryable, reader: Reader, period: DigestPeriod) {
  const { fromMarks, toMarks } = period
  if (!wantsType(reader, 'segment_changed')) return NONE
  const came = db
    .select({ id: leadScores.companyId })
    .from(leadScores)
    .where(
      and(
        gt(leadScores.entry, fromMarks.entries),
        lte(leadScores.entry, toMarks.entries),
        eq(leadScores.segment, 'Migration'),
      ),
    )
    .union(
      db
        .select({ id: leadChanges.companyId })
        .from(alerts)
        .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
        .where(
          and(isOfPeriod(reader, period), eq(alerts.type, 'segment_changed'), eq(leadChanges.newValue, 'Migration')),
        ),
    )
  const wanted = and(eq(leadsReady.segment, 'Migration'), inArray(leadsReady.companyId, came), wantsLead(reader))
  const [counted] = await db.select({ count: count() }).from(leadsReady).where(wanted)
  const { domain, company, mailbox, priority, score } = leadsReady
  const top = await db
    .select({ domain, company, mailbox, priority, score })
    .from(leadsReady)
    .where(wanted)
    .orderBy(asc(priority), desc(score), asc(leadsReady.companyId))
    .limit(ITEMS_MAX)
  return { count: counted?.count ?? 0, top }
}

/** Leaves out what the channel gets by itself: it was queued before the channel had a digest. */
function isOfPeriod({ id }: Reader, { fromMarks, toMarks }: DigestPeriod): SQL | undefined {
  const isQueued = sql`exists (
    select from ${alertDeliveries} d where d.channel_id = ${id}::uuid and d.alert_id = ${alerts.id})`
  return and(gt(alerts.id, fromMarks.alerts), lte(alerts.id, toMarks.alerts), id === null ? undefined : not(isQueued))
}

async function readExpiring(db: Queryable, reader: Reader, period: DigestPeriod) {
  if (!wantsType(reader, 'domain_expiring')) return NONE
  const wanted = and(isOfPeriod(reader, period), eq(alerts.type, 'domain_expiring'), wantsAlert(reader))
  const counted = await db.$count(alerts, wanted)
  const top = await db
    .select({ domain: leadsReady.domain, company: leadsReady.company, expiresAt: leadChanges.newValue })
    .from(alerts)
    .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
    .innerJoin(leadsReady, eq(leadsReady.companyId, leadChanges.companyId))
    .where(wanted)
    .orderBy(asc(leadChanges.newValue), asc(alerts.id))
    .limit(ITEMS_MAX)
  return { count: counted, top: top.map((row) => ({ ...row, expiresAt: String(row.expiresAt) })) }
}

/** Alerts that no other section tells. */
async function readAlerts(db: Queryable, reader: Reader, period: DigestPeriod) {
  const wanted = and(
    isOfPeriod(reader, period),
    ne(alerts.type, 'domain_expiring'),
    or(ne(alerts.type, 'segment_changed'), ne(leadChanges.newValue, 'Migration')),
    wantsAlert(reader),
  )
  const ranked = db
    .select({
      type: alerts.type,
      domain: companies.domain,
      old: leadChanges.oldValue,
      new: leadChanges.newValue,
      count: sql<number>`count(*) over (partition by ${alerts.type})`.mapWith(Number).as('count'),
      place: sql<number>`row_number() over (partition by ${alerts.type} order by ${alerts.priority}, ${alerts.id} desc)`
        .mapWith(Number)
        .as('place'),
    })
    .from(alerts)
    .innerJoin(leadChanges, eq(leadChanges.id, alerts.changeId))
    .innerJoin(companies, eq(companies.id, leadChanges.companyId))
    .where(wanted)
    .as('ranked')
  const rows = await db
    .select()
    .from(ranked)
    .where(lte(ranked.place, ITEMS_MAX))
    .orderBy(desc(ranked.count), asc(ranked.type), asc(ranked.place))
  return [...Map.groupBy(rows, ({ type }) => type)].map(([type, top]) => ({
    type: type as AlertType,
    count: top[0]?.count ?? 0,
    top: top.map(({ domain, old, new: now }) => ({ domain, old, new: now })),
  }))
}

/** A failed delivery shows that a failure disabled the channel, and when. A reader who unsubscribes is told of, too: it ends a channel. */
async function readFailedChannels(db: Queryable, { id }: Reader, from: Date): Promise<FailedChannel[]> {
  const { name, state, stateReason: reason, unsubscribedAt } = alertChannels
  const hasFailed = exists(
    db
      .select({ id: alertDeliveries.id })
      .from(alertDeliveries)
      .where(
        and(
          eq(alertDeliveries.channelId, alertChannels.id),
          eq(alertDeliveries.state, 'failed'),
          gte(alertDeliveries.lastAt, from),
        ),
      ),
  )
  const rows = await db
    .select({ name, state, reason })
    .from(alertChannels)
    .where(
      and(
        or(eq(state, 'failing'), and(eq(state, 'disabled'), or(hasFailed, gte(unsubscribedAt, from)))),
        id === null ? undefined : ne(alertChannels.id, id),
      ),
    )
    .orderBy(asc(name), asc(alertChannels.id))
  return rows as FailedChannel[]
}
