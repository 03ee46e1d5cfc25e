import { Hono } from 'hono'
import type { ApiEnv } from '#api/context'
import { ok } from '#api/envelope'

/** For whoever opens the bare address: what this is and what to ask it. */
export function rootRoutes({ version }: { version: string }): Hono<ApiEnv> {
  const about = {
    name: 'Hunter',
    version,
    about: 'What a company runs for e-mail, how well it is set up, and how good a lead it is, with the evidence.',
    authorization: 'Authorization: Bearer <key>',
    routes: [
      'POST /api/v1/scan/domain {"domain": "…"}',
      'POST /api/v1/scan/bulk {"domains": ["…"]}',
      'GET /api/v1/scan/bulk/{job}',
      'POST /api/v1/scan/bulk/{job}/retry',
      'GET /api/v1/leads?segment=&provider=&score_min=&score_max=&text=&sort=&limit=&cursor=',
      'GET /api/v1/leads/{domain}',
      'GET /api/v1/leads/{domain}/sales-summary (Accept-Language: tr or en)',
      'GET /api/v1/leads/{domain}/score-breakdown',
      'GET /api/v1/leads/{domain}/history?limit=&cursor=',
      'POST /api/v1/leads/{domain}/rescan',
      'GET /api/v1/alerts?type=&limit=&cursor=',
      'GET /api/v1/admin/provider-overrides',
      'PUT /api/v1/admin/provider-overrides/{signal}/{suffix} {"provider_id": "…", "note": "…"}',
      'DELETE /api/v1/admin/provider-overrides/{signal}/{suffix}',
      'GET /healthz/live',
      'GET /healthz/ready',
      'GET /healthz/startup',
    ],
  }
  return new Hono<ApiEnv>().get('/', (c) => ok(c, about, { message: 'scan a domain to begin' }))
}
