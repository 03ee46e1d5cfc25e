import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { pageQuery } from '#api/http/fields'
import { sendFile } from '#api/http/file'
import { negotiateLanguage } from '#api/http/language'
import { parsePageQuery } from '#api/http/legacy-pages'
import { parseBody, parseQuery } from '#api/http/validate'
import type { ExportDeps } from '#api/leads/export'
import { exportQuery, leadListQuery, lookupBody, toLeadFilters } from '#api/leads/inputs'
import { serializeLead, serializeScore } from '#api/leads/serialize'
import { leadTable } from '#api/leads/table'
import { mountRoutes } from '#api/middleware/mount-routes'
import { markRetired } from '#api/retired/features'
import { listChanges } from '#leads/changes/change-log'
import { getLead } from '#leads/get-lead'
import { countLeads } from '#leads/list/count-leads'
import { listLeads } from '#leads/list/list-leads'
import { findListed } from '#leads/listed/find-listed'
import { lookUpLeads } from '#leads/lookup-leads'
import { writeSalesSummary } from '#leads/sales/summary'
import { normaliseDomain } from '#signals/normalise'
import { formatCount } from '#platform/count-text'

export function createLeadRoutes(deps: ExportDeps): Hono<ApiEnv> {
  const { db } = deps
  return mountRoutes(leadTable, {
    listLeads: async (c) => {
      const { favorite, ...query } = parsePageQuery(c, leadListQuery)
      if (favorite !== undefined) markRetired(c, 'favorites')
      if (favorite === 'true') {
        const none = { leads: [], nextCursor: null, total: { value: 0, exact: true } }
        return sendData(c, none, { message: 'favorites are retired' })
      }
      const filters = toLeadFilters(query)
      const [page, total] = await Promise.all([listLeads(db, filters), countLeads(db, filters)])
      return sendData(c, { ...page, total }, { message: formatCount(page.leads.length, 'lead') })
    },

    lookUpLeads: async (c) => {
      const { domains } = await parseBody(c, lookupBody)
      const found = await lookUpLeads(db, domains)
      return sendData(c, found, { message: `${formatCount(found.leads.length, 'lead')} found` })
    },

    exportLeads: async (c) => {
      const input = parseQuery(c, exportQuery)
      const { sendExport } = await import('#api/leads/export')
      return sendExport(c, deps, input)
    },

    getLead: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      return sendData(c, serializeLead(lead, await findListed(db, lead.domain)), { message: 'lead found' })
    },

    getSalesSummary: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      return sendData(c, writeSalesSummary(lead, negotiateLanguage(c)), { message: 'lead found' })
    },

    getFixes: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      const { explainFixes } = await import('#leads/fixes/explain-fixes')
      const fixes = explainFixes(lead, negotiateLanguage(c))
      return sendData(
        c,
        { domain: lead.domain, fixes, scannedAt: lead.signals.at },
        { message: formatCount(fixes.length, 'fix', 'fixes') },
      )
    },

    getLeadPdf: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      const language = negotiateLanguage(c)
      const listed = await findListed(db, lead.domain)
      const { writeLeadPdf } = await import('#exports/pdf/lead-pdf')
      const name = `${lead.domain}-${language}.pdf`
      return sendFile(c, await writeLeadPdf(lead, language, listed), { name, type: 'application/pdf' })
    },

    getScoreBreakdown: async (c) => {
      const lead = await getLead(db, normaliseDomain(c.req.param('domain')))
      return sendData(c, serializeScore(lead), { message: 'lead found' })
    },

    listHistory: async (c) => {
      const domain = normaliseDomain(c.req.param('domain'))
      const { items, nextCursor } = await listChanges(db, domain, parsePageQuery(c, pageQuery))
      return sendData(c, { domain, changes: items, nextCursor }, { message: formatCount(items.length, 'change') })
    },
  })
}
