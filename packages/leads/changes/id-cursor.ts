/** Where a page of rows ended that come newest first, as text that callers hand back and need not understand. */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

export interface IdPage<T> {
  items: T[]
  /** null on the last page. */
  nextCursor: string | null
}

/** Of what is listed, so that a cursor of one list is refused by another. */
export type IdList = 'history' | 'alerts'

const id = z.int().check(z.gt(0))

/** `rows` hold one more than `limit` when there is another page. */
export function pageOf<T extends { id: number }>(list: IdList, rows: T[], limit: number): IdPage<T> {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: last ? writeIdCursor(list, last.id) : null }
}

function writeIdCursor(list: IdList, id: number): string {
  return Buffer.from(`${list}:${id}`).toString('base64url')
}

/** @throws AppError VALIDATION_FAILED */
export function readIdCursor(list: IdList, text: string): number {
  const [of, digits = ''] = Buffer.from(text, 'base64url').toString().split(':', 2)
  const before = id.safeParse(/^\d+$/.test(digits) ? Number(digits) : undefined)
  if (of === list && before.success) return before.data
  const fields = [{ field: 'cursor', message: 'must be the next_cursor of the page before' }]
  throw new AppError('VALIDATION_FAILED', 'cursor does not fit', { details: { fields } })
}
