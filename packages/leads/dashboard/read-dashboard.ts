/**
 * Reads the dashboard with four statements, whatever the number of leads: the counts are kept by triggers (migration
 * 0013), and each list ends after a few rows.
 */
import { desc, eq, sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import { activityCounts, companies, leadChanges, leadCountChanges } from '#db/tables'
import type { ChangeRow } from '#leads/changes/change-log'
import { type LeadCount, readLeadCounts } from '#leads/list/count-leads'
import { type LeadRow, listLeads } from '#leads/list/list-leads'
import { PRIORITIES, type Segment, SEGMENTS } from '#leads/score/segment'
import { listLocalDays, type LocalDay } from '#platform/local-time'

export const DASHBOARD_DAYS_MAX = 365
export const DASHBOARD_ZONE = 'Europe/Istanbul'
const TOP_LEADS = 10
const NEWEST_CHANGES = 20

export interface DashboardQuery {
  days: number
  /** IANA time zone in which a day begins and ends. */
  timezone: string
  now: Date
}

export interface Dashboard {
  days: number
  timezone: string
  countedAt: Date
  leads: number
  segments: { segment: Segment; leads: number }[]
  priorities: { priority: number; leads: number }[]
  /** Most leads first; `share` in percent. */
  providers: { provider: string; leads: number; share: number }[]
  /** Oldest day first; a day without work is there, with zeros. */
  trend: { day: string; scans: number; changes: number }[]
  topOpportunities: LeadRow[]
  recentActivity: (ChangeRow & { domain: string })[]
}

export async function readDashboard(db: Queryable, { days, timezone, now }: DashboardQuery): Promise<Dashboard> {
  const counts = await readLeadCounts(db)
  return {
    days,
    timezone,
    countedAt: now,
    ...sumCounts(counts),
    trend: await readTrend(db, listLocalDays(timezone, days, now), now),
    topOpportunities: await listOpportunities(db),
    recentActivity: await listNewestChanges(db),
  }
}

/** Sums the counts for each part of the dashboard. Pure. */
function sumCounts(counts: LeadCount[]): Pick<Dashboard, 'leads' | 'segments' | 'priorities' | 'providers'> {
  const sum = (some: LeadCount[]) => some.reduce((total, { leads }) => total + leads, 0)
  const all = sum(counts)
  const byMailbox = [...Map.groupBy(counts, ({ mailbox }) => mailbox)]
  return {
    leads: all,
    segments: SEGMENTS.map((segment) => ({ segment, leads: sum(counts.filter((count) => count.segment === segment)) })),
    priorities: PRIORITIES.map((priority) => ({
      priority,
      leads: sum(counts.filter((count) => count.priority === priority)),
    })),
    providers: byMailbox
      .map(([provider, some]) => ({ provider, leads: sum(some), share: Math.round((sum(some) / all) * 1_000) / 10 }))
      .sort((a, b) => b.leads - a.leads || (a.provider < b.provider ? -1 : 1)),
  }
}

/** The days' first moments come from Node, so that both sides need not know the same time zones. */
async function readTrend(db: Queryable, days: LocalDay[], now: Date): Promise<Dashboard['trend']> {
  const starts = sql.param(days.map(({ start }) => start.toISOString()))
  const { rows } = await db.execute<{ place: number; scans: number; changes: number }>(sql`
    select width_bucket(quarter, ${starts}::timestamptz[]) as place,
           sum(scans)::float8 as scans, sum(changes)::float8 as changes
      from (
        select quarter, scans, changes from ${activityCounts}
        union all
        select quarter, scans, changes from ${leadCountChanges} where quarter is not null
      ) counts
     where quarter >= (${starts}::timestamptz[])[1] and quarter <= ${now.toISOString()}::timestamptz
     group by place`)
  const byPlace = new Map(rows.map((row) => [row.place, row]))
  return days.map(({ day }, at) => {
    const { scans = 0, changes = 0 } = byPlace.get(at + 1) ?? {}
    return { day, scans, changes }
  })
}

/** The segment Skip is not worth a call. It has the last priority for itself, so the leads before it are the best ones. */
async function listOpportunities(db: Queryable): Promise<LeadRow[]> {
  const { leads } = await listLeads(db, { sort: 'priority', limit: TOP_LEADS })
  return leads.filter(({ segment }) => segment !== 'Skip')
}

async function listNewestChanges(db: Queryable): Promise<Dashboard['recentActivity']> {
  const rows = await db
    .select({
      id: leadChanges.id,
      domain: companies.domain,
      type: leadChanges.type,
      old: leadChanges.oldValue,
      new: leadChanges.newValue,
      cause: leadChanges.cause,
      at: leadChanges.at,
    })
    .from(leadChanges)
    .innerJoin(companies, eq(companies.id, leadChanges.companyId))
    .orderBy(desc(leadChanges.id))
    .limit(NEWEST_CHANGES)
  return rows as Dashboard['recentActivity']
}
