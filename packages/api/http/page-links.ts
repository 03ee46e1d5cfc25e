/** Sets the `Link` header of a list in pages (RFC 8288): one place for every list. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'

/** What a page of a list says of the next one, and the parameter of the query that takes it. */
const NEXT_FIELDS = { nextCursor: 'cursor', nextAfter: 'after' } as const
export const PAGE_PARAMETERS: readonly string[] = Object.values(NEXT_FIELDS)

/** Names the first page, and the next one unless this is the last. Data that is no page gets no header. */
export function setPageLinks(c: Context<ApiEnv>, data: unknown): void {
  if (data === null || typeof data !== 'object') return
  for (const [field, parameter] of Object.entries(NEXT_FIELDS)) {
    if (!(field in data)) continue
    const next = (data as Record<string, string | number | null>)[field] ?? null
    const links = [formatLink(c, parameter, null, 'first')]
    if (next !== null) links.push(formatLink(c, parameter, String(next), 'next'))
    c.header('Link', links.join(', '), { append: true })
  }
}

/** Without the host, which a proxy may have changed: the client resolves it against the address it called. */
function formatLink(c: Context<ApiEnv>, parameter: string, value: string | null, rel: 'first' | 'next'): string {
  const { pathname, searchParams } = new URL(c.req.url)
  searchParams.delete('page') // a number and a cursor exclude each other (legacy-pages.ts)
  if (value === null) searchParams.delete(parameter)
  else searchParams.set(parameter, value)
  const query = searchParams.toString()
  return `<${pathname}${query && `?${query}`}>; rel="${rel}"`
}
