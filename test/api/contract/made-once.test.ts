import { expect, it, vi } from 'vitest'
import type * as document from '#api/contract/document'
import type * as page from '#api/contract/page'
import { createContractRoutes } from '#api/contract/routes'

const made: string[] = []
vi.mock('#api/contract/document', async (load) => {
  const real = await load<typeof document>()
  return { ...real, buildApiDocument: (version: string) => (made.push('document'), real.buildApiDocument(version)) }
})
vi.mock('#api/contract/page', async (load) => {
  const real = await load<typeof page>()
  const createDocsPage: typeof page.createDocsPage = (contract) => (made.push('page'), real.createDocsPage(contract))
  return { ...real, createDocsPage }
})

it('builds the contract and its page once, however many requests ask for them, one by one or at once', async () => {
  const routes = createContractRoutes({ version: '1.2.3' })
  const paths = ['/openapi.json', '/docs', '/openapi.json', '/docs']
  const texts = await Promise.all(paths.map(async (path) => (await routes.request(path)).text()))
  for (const [i, path] of paths.entries()) expect(await (await routes.request(path)).text()).toBe(texts[i])
  expect(made.toSorted()).toEqual(['document', 'page'])
  expect(JSON.parse(texts[0] ?? '')).toMatchObject({ info: { version: '1.2.3' } })
  expect(texts[1]).toContain('<html')
})
