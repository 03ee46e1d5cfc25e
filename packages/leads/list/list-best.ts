/** Leads best first: by priority, then by score. */
import { asc, desc, eq } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Queryable } from '#db/client'
import { leadScores, leadsReady } from '#db/tables'
import { AppError } from '#platform/errors'
import { LEAD, type LeadPage, type LeadQuery, type LeadRow, listLeads } from '#leads/list/list-leads'
import { choosePriority, type Segment, SEGMENTS } from '#leads/score/segment'

const BEST_SCORE = 100

/** The segments by priority; their ranges of priorities do not overlap. */
const BEST_FIRST = SEGMENTS.toSorted((a, b) => choosePriority(a, BEST_SCORE) - choosePriority(b, BEST_SCORE))

/**
 * Within a segment the priority follows from the score, so listing the segments one after the other, each by score,
 * gives the right order, and the indexes of a segment serve every filter. A page takes at most one statement per
 * segment.
 *
 * @throws AppError VALIDATION_FAILED for a cursor that is damaged or belongs to another list
 */
export async function listBestLeads(db: Queryable, query: Omit<LeadQuery, 'sort'>): Promise<LeadPage> {
  const segments = BEST_FIRST.filter((segment) => query.segment === undefined || query.segment === segment)
  const place = parsePlace(query.cursor, segments)
  let { cursor } = place
  const leads: LeadRow[] = []
  for (const segment of segments.slice(place.at)) {
    const room = query.limit - leads.length
    // a full page must still know whether another one follows
    const page = await listLeads(db, { ...query, segment, sort: '-score', cursor, limit: Math.max(1, room) })
    cursor = undefined
    if (room === 0 && page.leads.length > 0) return { leads, nextCursor: `${segment}.` }
    if (room > 0) leads.push(...page.leads)
    if (room > 0 && page.nextCursor !== null) return { leads, nextCursor: `${segment}.${page.nextCursor}` }
  }
  return { leads, nextCursor: null }
}

/**
 * The beginning of the same list in one statement, which reads at most `limit` scores of each segment. The view is joined
 * afterwards, because planning its joins for each segment takes longer than the work.
 */
export async function listTopLeads(db: Queryable, limit: number): Promise<LeadRow[]> {
  const { segment, priority, value, companyId } = leadScores
  const best = (name: Segment) =>
    db
      .select({ companyId, priority, value })
      .from(leadScores)
      .where(eq(segment, name))
      .orderBy(desc(value), desc(companyId))
      .limit(limit)
  const [first, second, ...others] = BEST_FIRST.map(best)
  if (!first || !second) throw new Error('a list of segments with fewer than two')
  const top = unionAll(first, second, ...others)
    .orderBy(asc(priority), desc(value), desc(companyId))
    .limit(limit)
    .as('top')
  const rows = await db
    .select(LEAD)
    .from(top)
    .innerJoin(leadsReady, eq(leadsReady.companyId, top.companyId))
    .orderBy(asc(leadsReady.priority), desc(leadsReady.score), desc(leadsReady.companyId))
  return rows.map(({ companyId: _companyId, ...lead }) => lead)
}

/** Cursor: `Migration.` and the cursor within the segment, empty at the start of the segment. */
function parsePlace(cursor: string | undefined, segments: Segment[]): { at: number; cursor?: string | undefined } {
  if (cursor === undefined) return { at: 0 }
  const [, name, within = ''] = /^(\w+)\.(.*)$/s.exec(cursor) ?? []
  const at = segments.findIndex((segment) => segment === name)
  if (at >= 0) return { at, cursor: within === '' ? undefined : within }
  const fields = [
    { field: 'cursor', message: 'must be the next_cursor of the previous page, with the same list and sort' },
  ]
  throw new AppError('VALIDATION_FAILED', 'cursor does not fit', { details: { fields } })
}
