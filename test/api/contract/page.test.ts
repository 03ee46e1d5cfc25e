import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { fillPath, formatCurl } from '#api/contract/curl'
import { buildApiDocument } from '#api/contract/document'
import { listLimits } from '#api/contract/limits'
import { createDocsPage } from '#api/contract/page'
import { createContractRoutes } from '#api/contract/routes'

const document = buildApiDocument('0.0.0')
const HERE = 'https://hunter.example'
const page = createDocsPage(document)(HERE)
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
)

it('has a line of curl for every operation that a shell reads as the request of the example', () => {
  const lines = operations.map(({ method, path, operation }) => formatCurl(HERE, method, path, operation))
  const script = `curl() { printf '%s\\0' "$@"; printf '\\n'; }\n${lines.join('\n')}`
  const env = { PATH: process.env['PATH'], HUNTER_KEY: 'hk_live_x' }
  const read = execFileSync('sh', ['-c', script], { encoding: 'utf8', env }).trimEnd().split('\n')
  expect(read.map((line) => line.split('\0').slice(0, -1))).toEqual(
    operations.map(({ method, path, operation }) => {
      const body = operation.requestBody?.content['application/json']?.example
      return [
        ...('Content-Disposition' in (operation.responses['200']?.headers ?? {})
          ? [operation.responses['303'] ? '-LOJ' : '-OJ']
          : []),
        ...(method === 'get' ? [] : ['-X', method.toUpperCase()]),
        `https://hunter.example${fillPath(path, operation)}`,
        ...(operation.security.length > 0 ? ['-H', 'Authorization: Bearer hk_live_x'] : []),
        ...operation.parameters
          .filter((parameter) => parameter.in === 'header' && parameter.required)
          .flatMap(({ name, example }) => ['-H', `${name}: ${String(example)}`]),
        ...(body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)]),
      ]
    }),
  )
})

it('groups every operation under its tag, with a table of contents that leads to each', () => {
  const contents = page.slice(page.indexOf('<nav'), page.indexOf('</nav>'))
  const links = new Set([...contents.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id))
  const groups = document.tags.map(({ name, description }) => {
    const [, part = ''] = page.split(`<h3 id="tag-${name}">${name}</h3>`)
    const [group = ''] = part.split('</section>')
    expect(group).toContain(`<p>${description}.</p>`)
    expect(links).toContain(`tag-${name}`)
    return { name, group }
  })
  const shown = groups.flatMap(({ name, group }) =>
    [...group.matchAll(/<div id="(\w+)">/g)].map(([, id]) => `${name} ${id}`),
  )
  expect(shown.toSorted()).toEqual(
    operations.map(({ operation }) => `${operation.tags[0]} ${operation.operationId}`).sort(),
  )
  expect(operations.filter(({ operation }) => !links.has(operation.operationId))).toEqual([])
})

it('closes each element that it opens, and nests headings without a gap', () => {
  const open: string[] = []
  const wrong: string[] = []
  for (const [, closing, name = ''] of page.matchAll(/<(\/?)([a-z][\w]*)[^>]*>/g)) {
    if (['meta', 'br'].includes(name)) continue
    if (closing === '') open.push(name)
    else if (open.pop() !== name) wrong.push(name)
  }
  expect([open, wrong]).toEqual([[], []])
  const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))
  expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([])
})

it.each([
  ['http://localhost:8787/docs', 'http://localhost:8787'],
  ['https://127.0.0.1:8787/docs', 'http://127.0.0.1:8787'],
  ['http://api.example.com/docs', 'https://api.example.com'],
  ['https://api.example.com:8443/docs?x=1', 'https://api.example.com:8443'],
  ["https://a';id;'.example/docs", 'https://localhost'],
])('at %s, calls %s in its lines of curl', async (url, origin) => {
  const text = await (await createContractRoutes({ version: '1.2.3' }).request(url)).text()
  const lines = [...text.matchAll(/<pre class="line">(.*?)<\/pre>/gs)].map(([, line = '']) => line)
  expect(lines.length).toBe(operations.length)
  expect(lines.filter((line) => !line.includes(` ${origin}/`))).toEqual([])
})

it('links only to places that it has', () => {
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  const places = new Set(ids)
  expect(places.size, 'an id stands twice').toBe(ids.length)
  const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  expect(links.length).toBeGreaterThan(operations.length)
  expect(links.filter((link) => !places.has(link))).toEqual([])
})

const readText = (html: string) =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

it('shows for each operation a line of curl, its limits, its answers with an example, and each of its errors', () => {
  const files = ['exportLeads', 'getLeadPdf', 'readMetrics', 'showUnsubscribe', 'unsubscribe']
  for (const { method, path, operation } of operations) {
    const { operationId, responses } = operation
    const [, part = ''] = page.split(`<div id="${operationId}">`)
    const [shown = ''] = part.split('</details>')
    const [head, ...parts] = shown.split('<h4>').map((html) => ({ html, text: readText(html) }))
    const findPart = (title: string) => parts.find(({ html }) => html.startsWith(`${title}</h4>`))!
    const [limits, answers, errors] = [findPart('Limits'), findPart('Answers'), findPart('Errors')]
    expect(head?.text).toContain(formatCurl(HERE, method, path, operation))
    expect(limits.text).toMatch(/Requests: \d+ a minute for each (?:key|address)/)
    expect([operationId, limits.text.includes('Body: at most')]).toEqual([operationId, 'requestBody' in operation])
    const works = Object.keys(responses).find((status) => status.startsWith('2')) ?? '410'
    expect([operationId, answers.html]).toEqual([
      operationId,
      expect.stringMatching(`^Answers</h4>\\s*<p><strong>${works}`),
    ])
    const isShown = files.includes(operationId) || /"success": (?:true|false)/.test(answers.text)
    expect([operationId, isShown]).toEqual([operationId, true])
    for (const [status, { description }] of Object.entries(responses)) {
      const place = Number(status) < 400 || status === '410' ? answers : errors
      expect([operationId, place.html]).toEqual([operationId, expect.stringContaining(`<strong>${status}</strong>`)])
      for (const [, code = ''] of description.matchAll(/^`([A-Z_]+)`: /gm)) {
        expect([operationId, place.html.includes(`<a href="#${code}"><code>${code}</code></a>`)]).toEqual([
          operationId,
          true,
        ])
      }
    }
  }
})

it('says limits with the numbers of the schemas that enforce them', () => {
  const limitsOf = (path: string, method: string) => listLimits(document.paths[path]![method]!)
  expect(limitsOf('/api/v1/scan/bulk', 'post')).toEqual([
    'Requests: 60 a minute for each key, unless the service or the key has another limit',
    'Body: at most 1 MiB',
    '`Idempotency-Key`: 1 to 255 characters',
    '`domains`: 1 to 10,000 items, each 1 to 2,048 characters',
  ])
  expect(limitsOf('/api/v1/leads', 'get')).toContain('`limit`: 1 to 200')
  expect(limitsOf('/api/v1/ingest/domain', 'post')).toContain('`fields`: at most 50 fields')
  expect(limitsOf('/', 'get')).toEqual([
    'Requests: 300 a minute for each address, unless the service has another limit',
  ])
})
