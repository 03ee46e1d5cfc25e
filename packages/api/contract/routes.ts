/** Serves the contract as JSON and as a page. The first request builds each; later ones reuse it. */
import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { findOrigin } from '#api/http/origin'
import { createLazy } from '#platform/async/lazy'

const PUBLIC = { 'Cache-Control': 'public, max-age=300' }

export function createContractRoutes({ version }: { version: string }): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()
  const document = createLazy(async () => (await import('#api/contract/document')).buildApiDocument(version))
  const text = createLazy(async () => JSON.stringify(await document()))
  const page = createLazy(async () => {
    const { createDocsPage, STYLE_SOURCE } = await import('#api/contract/page')
    const policy = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; frame-ancestors 'none'`
    return { write: createDocsPage(await document()), policy }
  })

  routes.get('/openapi.json', async (c) => {
    const headers = { ...PUBLIC, 'Access-Control-Allow-Origin': '*', 'Content-Type': 'application/json' }
    return c.body(await text(), 200, headers)
  })

  routes.get('/docs', async (c) => {
    const { write, policy } = await page()
    return c.html(write(findOrigin(new URL(c.req.url))), 200, { ...PUBLIC, 'Content-Security-Policy': policy })
  })

  return routes
}
