/** Lists the audit log. */
import { and, desc, eq, gte, lt, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { Queryable } from '#db/client'
import { moment, selectMoment } from '#db/moment'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { auditLog } from '#db/tables'

export type AuditRow = typeof auditLog.$inferSelect

export interface AuditFilters {
  /** Exactly this actor, action or object. */
  actor?: string | undefined
  action?: string | undefined
  object?: string | undefined
  /** The first moment of the span. */
  since?: Date | undefined
  /** The first moment after the span. */
  until?: Date | undefined
}

const NEWEST_FIRST: Listing<[at: string, id: number]> = {
  name: 'audit newest first',
  place: z.tuple([moment, z.int().check(z.gt(0))]),
}

/** Newest first; every combination of filters reads an index in this order. @throws AppError VALIDATION_FAILED (cursor) */
export async function listAudit(
  db: Queryable,
  { actor, action, object, since, until, ...query }: AuditFilters & PageQuery,
): Promise<Page<AuditRow>> {
  const { at, id } = auditLog
  const before = parseCursor(NEWEST_FIRST, query.cursor)
  const rows = await db
    .select({ row: auditLog, moment: selectMoment(at) })
    .from(auditLog)
    .where(
      and(
        actor === undefined ? undefined : eq(auditLog.actor, actor),
        action === undefined ? undefined : eq(auditLog.action, action),
        object === undefined ? undefined : eq(auditLog.object, object),
        since && gte(at, since),
        until && lt(at, until),
        before && sql`(${at}, ${id}) < (${before[0]}::timestamptz, ${before[1]})`,
      ),
    )
    .orderBy(desc(at), desc(id))
    .limit(countRowsToRead(query))
  const page = cutPage(NEWEST_FIRST, { rows, page: query, placeOf: ({ moment, row }) => [moment, row.id] })
  return { ...page, items: page.items.map(({ row }) => row) }
}
