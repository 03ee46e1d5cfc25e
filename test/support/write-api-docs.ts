/**
 * Writes what `npm run docs:api` derives from the contract: the table of groups in `docs/api.md`, and `docs/api.http`. A
 * test holds both to the contract.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { fillPath, listRequiredHeaders } from '#api/contract/curl'
import { buildApiDocument, type DocumentedOperation } from '#api/contract/document'
import { OPERATIONS } from '#api/contract/operations'

export const API_DOCS = 'docs/api.md'
export const API_REQUESTS = 'docs/api.http'

/** The customer's groups, and the paths that they expect and the contract may not have yet. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  ingest: [],
  scan: [],
  leads: [],
  dashboard: [],
  'email-tools': [],
  progress: [],
  admin: [],
  notes: [],
  tags: [],
  favorites: [],
  pdf: [],
  rescan: ['/api/v1/rescan/bulk'],
  alerts: ['/api/v1/alerts/config'],
  'sales-summary': [],
}

interface Documented {
  method: string
  path: string
  operation: DocumentedOperation
}

function listOperations(): Documented[] {
  return Object.entries(buildApiDocument('0').paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
}

/** Returns docs/api.md with the table of today's contract. */
export async function formatApiDocs(): Promise<string> {
  const [start, end] = ['<!-- npm run docs:api writes this table -->', '<!-- end of the table -->']
  const text = readFileSync(API_DOCS, 'utf8')
  const before = text.slice(0, text.indexOf(start) + start.length)
  const written = [before, '', ...formatGroups(), '', text.slice(text.indexOf(end))].join('\n')
  return format(written, { ...(await resolveConfig(API_DOCS)), filepath: API_DOCS })
}

function formatGroups(): string[] {
  const operations = listOperations()
  const shapes = operations.map(({ path }) => toShape(path))
  const rows = Object.entries(GROUPS).flatMap(([group, expected]) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(group))
    const planned = expected.filter((path) => !shapes.some((shape) => shape.startsWith(toShape(path))))
    return [
      ...[...Map.groupBy(own, ({ path }) => path)].map(([path, methods]) => [
        group,
        methods.map(({ method }) => method.toUpperCase()).join(', '),
        `\`${path}\``,
        `\`${path.replace('/api/v1', '')}\``,
      ]),
      ...planned.map((path) => [group, 'to come', `\`${path}\``, '']),
    ]
  })
  return [
    '| Group | Methods | Path | Older path |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ]
}

/** The path whatever its parameters are called. */
function toShape(path: string): string {
  return path.replace(/\{\w+\}/g, '{}')
}

/** One request for each operation, in the format that VS Code's REST Client and JetBrains' HTTP Client read. */
export function formatApiRequests(): string {
  return [REQUESTS_HEAD, ...listOperations().map(formatRequest)].join('\n')
}

const REQUESTS_HEAD = `# Every operation of the API with the example of its contract. \`npm run docs:api\` generates this file.
# \`npm start\` serves this host and prints a key.
@host = http://localhost:8787
@key = hk_dev_your_key
`

function formatRequest({ method, path, operation }: Documented): string {
  const query = new URLSearchParams(OPERATIONS[`${method} ${path}`]?.example?.query).toString()
  const [content] = Object.entries(operation.requestBody?.content ?? {})
  const lines = [
    `### ${operation.summary}`,
    `# @name ${operation.operationId}`,
    `${method.toUpperCase()} {{host}}${fillPath(path, operation)}${query && `?${query}`}`,
    ...(operation.security.length > 0 ? ['Authorization: Bearer {{key}}'] : []),
    ...listRequiredHeaders(operation),
    ...(content ? [`Content-Type: ${content[0]}`, '', formatBody(content[1].example)] : []),
    '',
  ]
  return lines.join('\n')
}

function formatBody(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(API_DOCS, await formatApiDocs())
  writeFileSync(API_REQUESTS, formatApiRequests())
}
