/** Serves the contract as JSON and as a page. The first request builds each; later ones reuse it. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { createLazy } from '#platform/async/lazy'

const PUBLIC = { 'Cache-Control': 'public, max-age=300' }

export function createContractRoutes({ version }: { version: string }): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  const document = createLazy(async () => (await import('#api/contract/document')).buildApiDocument(version))
  const text = createLazy(async () => JSON.stringify(await document()))
  const page = createLazy(async () => {
    const { renderDocsPage, STYLE_SOURCE } = await import('#api/contract/page')
    const policy = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; frame-ancestors 'none'`
    return { html: renderDocsPage(await document()), policy }
  })

  routes.get('/openapi.json', async (c) => {
    const headers = { ...PUBLIC, 'Access-Control-Allow-Origin': '*', 'Content-Type': 'application/json' }
    return c.body(await text(), 200, headers)
  })

  routes.get('/docs', async (c) => {
    const { html, policy } = await page()
    return c.html(html, 200, { ...PUBLIC, 'Content-Security-Policy': policy })
  })

  return routes
}
