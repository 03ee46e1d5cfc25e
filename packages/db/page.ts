/**
 * Pages of a list that changes meanwhile. A page begins behind the last row of the previous one, which its cursor names;
 * an offset would shift when rows are added.
 */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

export interface Page<T> {
  items: T[]
  /** null on the last page. */
  nextCursor: string | null
}

export interface PageQuery {
  limit: number
  /** `nextCursor` of the page before. */
  cursor?: string | undefined
  /** Rows to drop before the page, a few thousand at most; absent: none. */
  offset?: number | undefined
}

/** Returns how many rows to read: the page, those before it, and one that shows whether another page follows. */
export function countRowsToRead({ limit, offset = 0 }: PageQuery): number {
  return offset + limit + 1
}

/** What a list is sorted by, of one row; the last part is the row's own. */
type Place = readonly (string | number)[]

export interface Listing<T extends Place> {
  /** Name of the list and its order; a cursor of another list is refused. */
  name: string
  place: z.ZodMiniType<T>
}

/** `rows`: as many as `countRowsToRead` says, or all that there are. */
export function cutPage<Row, T extends Place>(
  listing: Listing<T>,
  { rows, page: { limit, offset = 0 }, placeOf }: { rows: Row[]; page: PageQuery; placeOf: (row: Row) => T },
): Page<Row> {
  const items = rows.slice(offset, offset + limit)
  const last = rows.length > offset + limit ? items.at(-1) : undefined
  return { items, nextCursor: last === undefined ? null : formatCursor(listing, placeOf(last)) }
}

/** Text that callers hand back and need not understand. */
export function formatCursor<T extends Place>({ name }: Listing<T>, place: T): string {
  return Buffer.from(JSON.stringify([name, ...place])).toString('base64url')
}

/** Where the page begins; undefined for the first one. @throws AppError VALIDATION_FAILED */
export function parseCursor<T extends Place>({ name, place }: Listing<T>, cursor: string | undefined): T | undefined {
  if (cursor === undefined) return undefined
  const [of, ...values] = parseList(cursor)
  const parsed = z.safeParse(place, values)
  if (of === name && parsed.success) return parsed.data
  const fields = [
    { field: 'cursor', message: 'must be the next_cursor of the previous page, with the same list and sort' },
  ]
  throw new AppError('VALIDATION_FAILED', 'cursor does not fit', { details: { fields } })
}

function parseList(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
