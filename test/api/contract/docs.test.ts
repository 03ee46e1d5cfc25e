import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { fillPath } from '#api/contract/curl'
import { buildApiDocument } from '#api/contract/document'
import { API_DOCS, API_REQUESTS, formatApiDocs, formatApiRequests } from '../../support/write-api-docs.ts'

const operations = Object.entries(buildApiDocument('0').paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)

/** What the customer of the API calls its groups. */
const GROUPS =
  'ingest scan leads dashboard email-tools progress admin notes tags favorites pdf rescan alerts sales-summary'.split(
    ' ',
  )

/** Cells of the table in docs/api.md: group, methods, path, older path. */
const rows = [
  ...readFileSync(API_DOCS, 'utf8').matchAll(/^\| ([\w-]+) +\| ([A-Z, ]+|to come) +\| `(\S+)` +\| (?:`(\S+)`)? *\|$/gm),
].map(([, group = '', methods = '', path = '', older = '']) => ({ group, methods: methods.trim(), path, older }))

it('docs/api.md and docs/api.http say what the contract says', async () => {
  expect(readFileSync(API_DOCS, 'utf8'), 'run: npm run docs:api').toBe(await formatApiDocs())
  expect(readFileSync(API_REQUESTS, 'utf8'), 'run: npm run docs:api').toBe(formatApiRequests())
})

it('docs/api.md has each of the fourteen groups, and every operation below /api/v1 once with both paths', () => {
  expect(new Set(rows.map(({ group }) => group))).toEqual(new Set(GROUPS))
  const answered = rows.filter(({ methods }) => methods !== 'to come')
  const documented = answered.flatMap(({ methods, path }) => methods.split(', ').map((method) => `${method} ${path}`))
  const existing = operations.filter(({ path }) => path.startsWith('/api/v1/'))
  expect(documented.sort()).toEqual(existing.map(({ method, path }) => `${method} ${path}`).sort())
  expect(answered.map(({ older }) => `/api/v1${older}`)).toEqual(answered.map(({ path }) => path))
})

interface HttpRequest {
  name: string
  line: string
  headers: string[]
  body: string
}

/** Reads the format of VS Code's REST Client and JetBrains' HTTP Client: `###` begins a request, `#` a comment. */
function readRequests(text: string): HttpRequest[] {
  const variables = Object.fromEntries([...text.matchAll(/^@(\w+) = (.+)$/gm)].map(([, name, value]) => [name, value]))
  const filled = text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(variables[name]))
  return filled
    .split(/^### .+\n/m)
    .slice(1)
    .map((part) => {
      const [head = '', ...body] = part.split('\n\n')
      const name = /^# @name (\w+)$/m.exec(head)?.[1] ?? ''
      const [line = '', ...headers] = head.split('\n').filter((one) => one !== '' && !one.startsWith('#'))
      return { name, line, headers, body: body.join('\n\n') }
    })
}

it('docs/api.http has one request for each operation: its path, a key where it needs one, and a body of its schema', () => {
  const requests = readRequests(readFileSync(API_REQUESTS, 'utf8'))
  const expected = operations.map(({ method, path, operation }) => {
    const [[type, { example }] = [undefined, {}]] = Object.entries(operation.requestBody?.content ?? {})
    return {
      name: operation.operationId,
      line: `${method} http://localhost:8787${fillPath(path, operation)}`,
      headers: [
        ...(operation.security.length > 0 ? ['Authorization: Bearer hk_dev_your_key'] : []),
        ...operation.parameters
          .filter((parameter) => parameter.in === 'header' && parameter.required)
          .map(({ name, example }) => `${name}: ${String(example)}`),
        ...(type ? [`Content-Type: ${type}`] : []),
      ],
      body: example,
    }
  })
  const read = requests.map(({ line, body, ...rest }, at) => ({
    ...rest,
    line: line.replace(/\?.*/, ''),
    body:
      body.trim() === ''
        ? undefined
        : typeof expected[at]?.body === 'string'
          ? body.trim()
          : (JSON.parse(body) as unknown),
  }))
  expect(read).toEqual(expected)
})
