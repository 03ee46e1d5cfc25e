/** Renders the contract as an HTML page. It has no script and loads nothing, so it also works offline. */
import { createHash } from 'node:crypto'
import { formatCurl } from '#api/contract/curl'
import type { ApiDocument, DocumentedOperation, DocumentedResponse, Parameter } from '#api/contract/document'
import { listLimits } from '#api/contract/limits'
import type { JsonSchema } from '#api/contract/schemas'
import { listErrors } from '#api/http/error-table'

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem }
code, pre { font: 14px/1.45 ui-monospace, monospace } pre { overflow: auto; padding: .75rem; border: 1px solid #8886 }
details { border-top: 1px solid #8886; padding: .6rem 0 } summary { cursor: pointer }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0 }
h3 { font-size: 1rem; margin: 1rem 0 0 } td code, summary code { overflow-wrap: anywhere }
tr:target, details:target { background: #fd08 } .wide { overflow-x: auto }
@media print { details::details-content { content-visibility: visible; height: auto } pre { white-space: pre-wrap } }
`

/** Source for the page's Content-Security-Policy: allows this style alone. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

export function renderDocsPage(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(method, path, operation)),
  )
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${renderJson(schema)}</details>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Hunter API</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Hunter API ${escapeHtml(document.info.version)}</h1>
${renderGuide(document.info.description)}
<p>Programs can read the same contract as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
<h2>Operations</h2>
<p>The lines of curl read two variables: <code>export HUNTER_URL=https://… HUNTER_KEY=hk_…</code></p>
${operations.join('\n')}
<h2>Answers</h2>
<p>The schema of every answer's <code>data</code>, by name.</p>
${schemas.join('\n')}
<h2>Errors</h2>
<div class="wide"><table>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">What to do</th></tr></thead>
<tbody>
${listErrors()
  .filter(({ api }) => api !== undefined)
  .map(renderError)
  .join('\n')}
</tbody></table></div>
</body>
</html>
`
}

function renderOperation(method: string, path: string, operation: DocumentedOperation): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  const body = requestBody?.content['application/json']
  // a retired operation has no success: it always answers 410
  const isAnswer = ([status]: [string, unknown]) => Number(status) < 400 || status === '410'
  const answers = Object.entries(responses).filter(isAnswer)
  const errors = Object.entries(responses).filter((one) => !isAnswer(one))
  return `<details id="${operationId}"><summary><code>${method.toUpperCase()} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</summary>
<p>${renderText(description)}</p>
<pre>${escapeHtml(formatCurl(method, path, operation))}</pre>
${renderFields('Takes', [...parameters.map(toField), ...listBodyFields(body?.schema)])}
<h3>Limits</h3>
<ul>${listLimits(operation)
    .map((limit) => `<li>${renderText(limit)}</li>`)
    .join('')}</ul>
<h3>Answers</h3>
${answers.map(renderAnswer).join('\n')}
<h3>Errors</h3>
<ul>${errors.map(renderFailure).join('')}</ul></details>`
}

function renderAnswer([status, { description, headers, content = {} }]: [string, DocumentedResponse]): string {
  const codes = (names: string[]) => names.map((name) => `<code>${escapeHtml(name)}</code>`).join(', ')
  const [first] = Object.values(content)
  const about = status.startsWith('2') ? '' : `${renderCodes(description)}<br>` // a success does what the summary says
  const types = first ? `As ${codes(Object.keys(content))}, with` : 'With'
  const example = typeof first?.example === 'string' ? first.example : JSON.stringify(first?.example, null, 2)
  return `<p><strong>${status}</strong> ${about}${types} the headers ${codes(Object.keys(headers))}.${renderSchemaLink(first?.schema)}</p>
${example === undefined ? '' : `<pre>${escapeHtml(example)}</pre>`}`
}

interface Field {
  name: string
  place: string
  description: string
  schema: JsonSchema
  example: unknown
}

function toField({ name, in: place, required, deprecated, description, schema, example }: Parameter): Field {
  const notes = [place, ...(required ? [] : ['optional']), ...(deprecated ? ['deprecated'] : [])]
  return { name, place: notes.join(', '), description, schema, example }
}

function listBodyFields(schema: JsonSchema = {}): Field[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] }
  return Object.entries(properties).map(([name, { description, examples, ...property }]) => ({
    name,
    place: required.includes(name) ? 'body' : 'body, optional',
    description: String(description),
    schema: property,
    example: Array.isArray(examples) ? (examples[0] as unknown) : undefined,
  }))
}

function renderFields(title: string, fields: Field[]): string {
  if (fields.length === 0) return ''
  const rows = fields.map(
    ({ name, place, description, schema, example }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${place}</td><td>${renderText(description)}<br><code>${escapeHtml(JSON.stringify(schema))}</code></td><td><code>${escapeHtml(JSON.stringify(example))}</code></td></tr>`,
  )
  return `<h3>${title}</h3>
<div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Meaning</th><th scope="col">Example</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** Links to the schema of the answer's data. */
function renderSchemaLink(schema: JsonSchema = {}): string {
  const { data } = (schema['properties'] ?? {}) as { data?: { $ref?: string } }
  const name = data?.$ref?.split('/').at(-1)
  return name === undefined ? '' : ` Its <code>data</code> is <a href="#${name}"><code>${name}</code></a>.`
}

function renderFailure([status, { description }]: [string, DocumentedResponse]): string {
  return `<li><strong>${status}</strong> ${renderCodes(description)}</li>`
}

/** Text whose lines may begin with the code of an error, which becomes a link to the table of errors. */
function renderCodes(text: string): string {
  const lines = text.split('\n\n').map(renderText)
  return lines.map((line) => line.replace(/^<code>([A-Z_]+)<\/code>/, '<a href="#$1"><code>$1</code></a>')).join('<br>')
}

/** Paragraphs, headings (`##`) and `code` of the document's Markdown. */
function renderGuide(markdown: string): string {
  const blocks = markdown.split('\n\n')
  return blocks
    .map((text) => (text.startsWith('## ') ? `<h2>${renderText(text.slice(3))}</h2>` : `<p>${renderText(text)}</p>`))
    .join('\n')
}

function renderText(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function renderError({ code, status, meaning, api = '' }: ReturnType<typeof listErrors>[number]): string {
  return `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escapeHtml(meaning)}</td><td>${escapeHtml(api)}</td></tr>`
}

function renderJson(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`
}

function escapeHtml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
