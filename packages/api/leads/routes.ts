import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { leadQuery } from '#api/leads/query'
import type { Needs } from '#api/middleware/authorise'
import { presentLead } from '#api/leads/present'
import { readQuery } from '#api/http/validate'
import type { Database } from '#db/client'
import { getLead } from '#leads/get-lead'
import { listLeads } from '#leads/list/list-leads'
import { normaliseDomain } from '#signals/normalise'

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
