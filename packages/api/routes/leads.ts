import { Hono } from 'hono'
import * as z from 'zod/mini'
import type { ApiEnv } from '#api/context'
import { ok } from '#api/envelope'
import { pageLimit, wholeNumber } from '#api/fields'
import type { Needs } from '#api/needs'
import { presentLead } from '#api/present'
import { readQuery } from '#api/read-input'
import type { Database } from '#db/client'
import { getLead } from '#leads/get-lead'
import { LEAD_SORTS, listLeads } from '#leads/list-leads'
import { SEGMENTS } from '#leads/segment'
import { normaliseDomain } from '#signals/normalise'

const score = wholeNumber(0, 100)
const leadQuery = z.strictObject({
  segment: z.optional(z.enum(SEGMENTS, `must be one of ${SEGMENTS.join(', ')}`)),
  provider: z.optional(
    z.string().check(z.regex(/^[a-z0-9-]{1,64}$/, 'must be the id of a provider, such as google-workspace')),
  ),
  score_min: z.optional(score),
  score_max: z.optional(score),
  text: z.optional(z.string().check(z.regex(/^[^\p{C}]{1,100}$/u, 'must be 1 to 100 characters'))),
  sort: z._default(z.enum(LEAD_SORTS, `must be one of ${LEAD_SORTS.join(', ')}`), '-score'),
  limit: pageLimit(200, 50),
  cursor: z.optional(z.string().check(z.maxLength(1_000, 'must be the next_cursor of the page before'))),
})

export function leadRoutes({ db }: { db: Database }, needs: Needs): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()

  routes.get('/leads', needs('read'), async (c) => {
    const { score_min: scoreMin, score_max: scoreMax, ...query } = readQuery(c, leadQuery)
    const page = await listLeads(db, { ...query, scoreMin, scoreMax })
    return ok(c, page, { message: `${page.leads.length} leads` })
  })

  routes.get('/leads/:domain', needs('read'), async (c) => {
    const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
    return ok(c, presentLead(lead), { message: 'found' })
  })

  return routes
}
