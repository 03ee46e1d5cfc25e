import type { RouteTable } from '#api/http/route'

export const leadTable = {
  listLeads: { route: 'get /api/v1/leads', scopes: ['read'], takes: ['query'] },
  lookUpLeads: { route: 'post /api/v1/leads/lookup', scopes: ['read'], takes: ['body'] },
  // before :domain, which would match it
  exportLeads: { route: 'get /api/v1/leads/export', scopes: ['read'], takes: ['query'] },
  getLead: { route: 'get /api/v1/leads/:domain', scopes: ['read'] },
  getSalesSummary: { route: 'get /api/v1/leads/:domain/sales-summary', scopes: ['read'] },
  getFixes: { route: 'get /api/v1/leads/:domain/fixes', scopes: ['read'] },
  getLeadPdf: { route: 'get /api/v1/leads/:domain/summary.pdf', scopes: ['read'] },
  getScoreBreakdown: { route: 'get /api/v1/leads/:domain/score-breakdown', scopes: ['read'] },
  listHistory: { route: 'get /api/v1/leads/:domain/history', scopes: ['read'], takes: ['query'] },
} as const satisfies RouteTable
