/** Features that Hunter no longer has. Their writes answer 410 GONE, their reads an empty list, and each call is counted. */
import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'

export type RetiredFeature = 'notes' | 'tags' | 'favorites'

/** What to use instead: the operation of this API that comes closest; people's own words belong into the CRM. */
const SUCCESSORS: Record<RetiredFeature, (domain: string) => string> = {
  notes: (domain) => `/api/v1/leads/${domain}/history`,
  tags: (domain) => `/api/v1/leads/${domain}`,
  favorites: () => '/api/v1/leads?sort=-score',
}

/** Marks the answer, which gets the headers of RFC 9745, and returns the path of the successor. */
export function markRetired(c: Context<ApiEnv>, feature: RetiredFeature): string {
  const successor = SUCCESSORS[feature](encodeURIComponent(c.req.param('domain') ?? ''))
  c.set('retired', { feature, successor })
  return successor
}
