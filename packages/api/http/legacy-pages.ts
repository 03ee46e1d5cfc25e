/** Pages by number, which the paths without `/api/v1` take beside cursors. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import type { ApiEnv } from '#api/http/context'
import { PAGE_ITEMS_MAX, wholeNumber } from '#api/http/fields'
import { parseQuery } from '#api/http/validate'
import { AppError } from '#platform/errors'

/** The rows before a numbered page are read and dropped; a cursor reaches the others without that work. */
const NUMBERED_ITEMS_MAX = 10_000

const numberedPage = {
  page: z.optional(wholeNumber(1, NUMBERED_ITEMS_MAX, 'Number of the page; 1 is the first')),
  page_size: z.optional(wholeNumber(1, PAGE_ITEMS_MAX, 'Items per page')),
}

interface PagePlace {
  limit: number
  /** Items before the page. */
  offset: number
}

interface NumberedQuery {
  limit: number
  cursor?: string
  page?: number
  page_size?: number
}

/** Parses the query of a list. @throws AppError VALIDATION_FAILED */
export function parsePageQuery<T extends z.ZodMiniObject>(c: Context<ApiEnv>, schema: T): z.output<T> & PagePlace {
  if (!c.get('isLegacyPath')) return { ...(parseQuery(c, schema) as z.output<T> & { limit: number }), offset: 0 }
  const {
    page,
    page_size: pageSize,
    ...query
  } = parseQuery(c, z.extend<z.ZodMiniObject, typeof numberedPage>(schema, numberedPage)) as unknown as NumberedQuery
  if (page !== undefined && query.cursor !== undefined) throw refuse('page', 'cannot be sent together with cursor')
  if (pageSize !== undefined && new URL(c.req.url).searchParams.has('limit')) {
    throw refuse('page_size', 'cannot be sent together with limit')
  }
  const limit = pageSize ?? query.limit
  const offset = ((page ?? 1) - 1) * limit
  if (offset + limit > NUMBERED_ITEMS_MAX) {
    throw refuse('page', `must end within the first ${NUMBERED_ITEMS_MAX} items; next_cursor reaches the others`)
  }
  return { ...(query as z.output<T>), limit, offset }
}

function refuse(field: string, message: string): AppError {
  return new AppError('VALIDATION_FAILED', 'some fields are invalid', { details: { fields: [{ field, message }] } })
}
