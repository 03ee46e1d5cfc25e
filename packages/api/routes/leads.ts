import { Hono } from 'hono'
import type { ApiEnv } from '#api/context'
import { ok } from '#api/envelope'
import { leadQuery } from '#api/lead-query'
import type { Needs } from '#api/needs'
import { presentLead } from '#api/present'
import { readQuery } from '#api/read-input'
import type { Database } from '#db/client'
import { getLead } from '#leads/get-lead'
import { listLeads } from '#leads/list-leads'
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
