/** The contract, for programs and for people; its code is loaded by the first who asks. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'

const PUBLIC = { 'Cache-Control': 'public, max-age=300' }

export function contractRoutes({ version }: { version: string }): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()

  routes.get('/openapi.json', async (c) => {
    const { apiDocument } = await import('#api/contract/document')
    return c.json(apiDocument(version), 200, { ...PUBLIC, 'Access-Control-Allow-Origin': '*' })
  })

  routes.get('/docs', async (c) => {
    const [{ apiDocument }, { docsPage, STYLE_SOURCE }] = await Promise.all([
      import('#api/contract/document'),
      import('#api/contract/page'),
    ])
    const policy = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; frame-ancestors 'none'`
    return c.html(docsPage(apiDocument(version)), 200, { ...PUBLIC, 'Content-Security-Policy': policy })
  })

  return routes
}
