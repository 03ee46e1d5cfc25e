import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { negotiateLanguage } from '#api/http/language'
import { readQuery } from '#api/http/validate'
import { leadQuery } from '#api/leads/inputs'
import { presentLead, presentScore } from '#api/leads/present'
import { leadTable } from '#api/leads/table'
import { mountRoutes } from '#api/middleware/mount-routes'
import type { Database } from '#db/client'
import { listChanges } from '#leads/changes/history'
import { getLead } from '#leads/get-lead'
import { listLeads } from '#leads/list/list-leads'
import { salesSummary } from '#leads/sales/summary'
import { normaliseDomain } from '#signals/normalise'

export function leadRoutes({ db }: { db: Database }): Hono<ApiEnv> {
  return mountRoutes(leadTable, {
    listLeads: async (c) => {
      const { score_min: scoreMin, score_max: scoreMax, ...query } = readQuery(c, leadQuery)
      const page = await listLeads(db, { ...query, scoreMin, scoreMax })
      return ok(c, page, { message: `${page.leads.length} leads` })
    },

    getLead: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      return ok(c, presentLead(lead), { message: 'found' })
    },

    getSalesSummary: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      return ok(c, salesSummary(lead, negotiateLanguage(c)), { message: 'found' })
    },

    getScoreBreakdown: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      return ok(c, presentScore(lead), { message: 'found' })
    },

    listHistory: async (c) => {
      const domain = normaliseDomain(c.req.param('domain'))
      const { items, nextCursor } = await listChanges(db, domain, readQuery(c, pageQuery))
      return ok(c, { domain, changes: items, nextCursor }, { message: `${items.length} changes` })
    },
  })
}
