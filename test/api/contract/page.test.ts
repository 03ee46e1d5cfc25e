import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { fillPath, formatCurl } from '#api/contract/curl'
import { buildApiDocument } from '#api/contract/document'
import { renderDocsPage } from '#api/contract/page'

const document = buildApiDocument('0.0.0')
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
)

it('has a line of curl for every operation that a shell reads as the request of the example', () => {
  const lines = operations.map(({ method, path, operation }) => formatCurl(method, path, operation))
  const script = `curl() { printf '%s\\0' "$@"; printf '\\n'; }\n${lines.join('\n')}`
  const env = { PATH: process.env['PATH'], HUNTER_URL: 'https://hunter.example', HUNTER_KEY: 'hk_live_x' }
  const read = execFileSync('sh', ['-c', script], { encoding: 'utf8', env }).trimEnd().split('\n')
  expect(read.map((line) => line.split('\0').slice(0, -1))).toEqual(
    operations.map(({ method, path, operation }) => {
      const body = operation.requestBody?.content['application/json']?.example
      return [
        ...(method === 'get' ? [] : ['-X', method.toUpperCase()]),
        `https://hunter.example${fillPath(path, operation)}`,
        ...(operation.security.length > 0 ? ['-H', 'Authorization: Bearer hk_live_x'] : []),
        ...(body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)]),
      ]
    }),
  )
})

it('links only to places that it has', () => {
  const page = renderDocsPage(document)
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  const places = new Set(ids)
  expect(places.size, 'an id stands twice').toBe(ids.length)
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  expect(links.length).toBeGreaterThan(operations.length)
  expect(links.filter((link) => !places.has(link))).toEqual([])
})
