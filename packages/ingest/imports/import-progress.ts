/** How far an import is, and which rows it refused. */
import { and, asc, desc, eq, isNotNull, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { Queryable } from '#db/client'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { imports, rawLeads } from '#db/tables'
import type { ListOptions, Recognised, RecognisedLeads } from '#ingest/read-list'
import { AppError } from '#platform/errors'

type ImportRow = typeof imports.$inferSelect
export type ImportProgress = Omit<ImportRow, 'recognised' | 'options'> & {
  recognised: Recognised | RecognisedLeads | null
  options: ListOptions
}

export interface Refusal {
  line: number
  /** The cell that was judged. */
  value: string
  reason: string
}

const VALUE_CHARACTERS_MAX = 200

/** @throws AppError IMPORT_NOT_FOUND, for an id that is none as well */
export async function getImport(db: Queryable, id: string): Promise<ImportProgress> {
  const [found] = z.safeParse(z.uuid(), id).success ? await db.select().from(imports).where(eq(imports.id, id)) : []
  if (!found) throw new AppError('IMPORT_NOT_FOUND', 'there is no such import')
  return {
    ...found,
    recognised: found.recognised as ImportProgress['recognised'],
    options: found.options as ListOptions,
  }
}

/** The last row that an import stored, or its creation, when nothing has followed for so long. */
export async function findStall(
  db: Queryable,
  { id, createdAt, finishedAt }: Pick<ImportProgress, 'id' | 'createdAt' | 'finishedAt'>,
  before: Date,
): Promise<ImportProgress['problem']> {
  if (finishedAt !== null || createdAt > before) return null
  const [last] = await db
    .select({ at: rawLeads.receivedAt })
    .from(rawLeads)
    .where(eq(rawLeads.importId, id))
    .orderBy(desc(rawLeads.line))
    .limit(1)
  const at = last?.at ?? createdAt
  if (at > before) return null
  return { code: 'IMPORT_STALLED', message: `no row has been stored since ${at.toISOString()}` }
}

const REFUSALS_BY_LINE: Listing<[line: number, id: number]> = {
  name: 'refused rows',
  place: z.tuple([z.int(), z.int()]),
}

/** Returns them in the order of the list. @throws AppError VALIDATION_FAILED (cursor) */
export async function listRefusals(
  db: Queryable,
  { id, recognised }: Pick<ImportProgress, 'id' | 'recognised'>,
  query: PageQuery,
): Promise<Page<Refusal>> {
  const after = parseCursor(REFUSALS_BY_LINE, query.cursor)
  const { columns } = recognised ?? {}
  const read = (name: string | undefined) => (name === undefined ? sql`null` : sql`nullif(trim(input ->> ${name}), '')`)
  const rows = await db
    .select({
      id: rawLeads.id,
      line: rawLeads.line,
      value: sql<string>`left(coalesce(${read(columns?.domain)}, ${read(columns?.email)}, ''), ${VALUE_CHARACTERS_MAX})`,
      reason: sql<string>`${rawLeads.rejected}`,
    })
    .from(rawLeads)
    .where(
      and(
        eq(rawLeads.importId, id),
        isNotNull(rawLeads.rejected),
        after && sql`(${rawLeads.line}, ${rawLeads.id}) > (${after[0]}, ${after[1]})`,
      ),
    )
    .orderBy(asc(rawLeads.line), asc(rawLeads.id))
    .limit(countRowsToRead(query))
  const page = cutPage(REFUSALS_BY_LINE, { rows, page: query, placeOf: ({ line, id }) => [line, id] })
  return { ...page, items: page.items.map(({ id: _id, ...refusal }) => refusal) }
}
