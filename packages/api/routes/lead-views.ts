/** What can be asked about one lead besides the lead itself. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { negotiateLanguage } from '#api/http/language'
import type { Needs } from '#api/middleware/authorise'
import { alertQuery, pageQuery } from '#api/page-query'
import { presentScore } from '#api/present-score'
import { readQuery } from '#api/http/validate'
import type { Database } from '#db/client'
import { getLead } from '#leads/get-lead'
import { listAlerts, listChanges } from '#leads/changes/history'
import { salesSummary } from '#leads/sales/summary'
import { normaliseDomain } from '#signals/normalise'

export function leadViewRoutes({ db }: { db: Database }, needs: Needs): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()

  routes.get('/leads/:domain/sales-summary', needs('read'), async (c) => {
    const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
    return ok(c, salesSummary(lead, negotiateLanguage(c)), { message: 'found' })
  })

  routes.get('/leads/:domain/score-breakdown', needs('read'), async (c) => {
    const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
    return ok(c, presentScore(lead), { message: 'found' })
  })

  routes.get('/leads/:domain/history', needs('read'), async (c) => {
    const domain = normaliseDomain(c.req.param('domain'))
    const { items, nextCursor } = await listChanges(db, domain, readQuery(c, pageQuery))
    return ok(c, { domain, changes: items, nextCursor }, { message: `${items.length} changes` })
  })

  routes.get('/alerts', needs('read'), async (c) => {
    const { items, nextCursor } = await listAlerts(db, readQuery(c, alertQuery))
    return ok(c, { alerts: items, nextCursor }, { message: `${items.length} alerts` })
  })

  return routes
}
