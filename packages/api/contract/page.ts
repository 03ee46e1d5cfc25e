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
pre.line { white-space: pre-wrap; overflow-wrap: anywhere }
details { border-top: 1px solid #8886; padding: .6rem 0 } summary { cursor: pointer }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0 }
h4 { font-size: 1rem; margin: 1rem 0 0 } td code, summary code { overflow-wrap: anywhere }
th:first-child, td:first-child { white-space: nowrap }
[id] { scroll-margin-top: 3rem } tr:target, div:target { background: #fd02 } .wide { overflow-x: auto }
nav ul { list-style: none; margin: 0; padding: 0 } nav ul ul { display: none }
nav > ul { columns: 9rem; margin-bottom: 2rem }
@media (min-width: 68rem) {
  body { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 2.5rem; max-width: 78rem }
  nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; font-size: .85rem } nav > ul { columns: auto }
  nav ul ul { display: block; padding: 0 0 .4rem .8rem } nav > ul { padding: 1rem 0 }
}
@media print {
  nav { display: none } body { display: block } pre { white-space: pre-wrap }
  details::details-content { content-visibility: visible; height: auto }
}
`

/** Source for the page's Content-Security-Policy: allows this style alone. */
export const STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

/** Stands for the origin until a request tells it; no host has this name (RFC 2606). */
const ORIGIN = 'https://origin.invalid'

/** Returns a function that writes the page for a service at an origin: `https://api.example.com`. */
export function createDocsPage(document: ApiDocument): (origin: string) => string {
  const parts = renderPage(document).split(ORIGIN)
  return (origin) => parts.join(escapeHtml(origin))
}

/** Sections after the introduction. */
const SECTIONS = [
  ['operations', 'Operations'],
  ['schemas', 'Schemas'],
  ['errors', 'Error codes'],
] as const

function renderPage({ info, tags, paths, components }: ApiDocument): string {
  const groups = groupOperations(tags, paths)
  const [operations, schemas, errors] = SECTIONS.map(([id, title]) => `<h2 id="${id}">${title}</h2>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Hunter API</title>
<style>${STYLE}</style>
</head>
<body>
${renderContents(info.description, groups)}
<main>
<h1>Hunter API ${escapeHtml(info.version)}</h1>
${renderGuide(info.description)}
<p>Programs can read the same contract as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
${operations}
<p>The lines of curl call this service with the key in a variable. This line reads it from the keyboard, so that no history keeps it:</p>
<pre>read -rs HUNTER_KEY</pre>
<p>Their domains and ids are examples; put your own in their place.</p>
${groups.map(renderGroup).join('\n')}
${schemas}
<p>The schema of every answer's <code>data</code>, by name.</p>
${Object.entries(components.schemas).map(renderSchema).join('\n')}
${errors}
<div class="wide"><table>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">What to do</th></tr></thead>
<tbody>
${listErrors()
  .filter(({ api }) => api !== undefined)
  .map(renderError)
  .join('\n')}
</tbody></table></div>
</main>
</body>
</html>
`
}

interface Group {
  name: string
  description: string
  operations: { method: string; path: string; operation: DocumentedOperation }[]
}

function groupOperations(tags: ApiDocument['tags'], paths: ApiDocument['paths']): Group[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  return tags.map((tag) => ({ ...tag, operations: all.filter(({ operation }) => operation.tags.includes(tag.name)) }))
}

function renderContents(guide: string, groups: Group[]): string {
  const chapters = listChapters(guide).map((title) => renderLink(toChapterId(title), title))
  const [operations, ...others] = SECTIONS.map(([id, title]) => renderLink(id, title))
  const listed = groups.map(({ name, operations }) => {
    const links = operations.map(({ operation }) => `<li>${renderLink(operation.operationId, operation.summary)}</li>`)
    return `${renderLink(`tag-${name}`, name)}<ul>${links.join('')}</ul>`
  })
  const items = [...chapters, operations, ...listed, ...others].map((item) => `<li>${item}</li>`)
  return `<nav aria-label="Contents"><ul>${items.join('\n')}</ul></nav>`
}

function renderLink(id: string, text: string): string {
  return `<a href="#${escapeHtml(id)}">${escapeHtml(text)}</a>`
}

function renderGroup({ name, description, operations }: Group): string {
  const parts = operations.map(({ method, path, operation }) => renderOperation(method, path, operation))
  return `<section aria-labelledby="tag-${name}">
<h3 id="tag-${name}">${escapeHtml(name)}</h3>
<p>${renderText(description)}.</p>
${parts.join('\n')}
</section>`
}

/** A browser that follows a link into closed details opens them, so the id stands inside. */
function renderOperation(method: string, path: string, operation: DocumentedOperation): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  const body = requestBody?.content['application/json']
  // a retired operation has no success: it always answers 410
  const isAnswer = ([status]: [string, unknown]) => Number(status) < 400 || status === '410'
  const answers = Object.entries(responses).filter(isAnswer)
  const errors = Object.entries(responses).filter((one) => !isAnswer(one))
  return `<details><summary><code>${method.toUpperCase()} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</summary>
<div id="${operationId}">
<p>${renderText(description)}</p>
<pre class="line">${escapeHtml(formatCurl(ORIGIN, method, path, operation))}</pre>
${renderFields('Takes', [...parameters.map(toField), ...listBodyFields(body?.schema)])}
<h4>Limits</h4>
<ul>${listLimits(operation)
    .map((limit) => `<li>${renderText(limit)}</li>`)
    .join('')}</ul>
<h4>Answers</h4>
${answers.map(renderAnswer).join('\n')}
<h4>Errors</h4>
<ul>${errors.map(renderFailure).join('')}</ul>
</div></details>`
}

function renderSchema([name, schema]: [string, JsonSchema]): string {
  return `<details><summary><code>${escapeHtml(name)}</code></summary><div id="${escapeHtml(name)}">${renderJson(schema)}</div></details>`
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
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${place}</td><td>${renderText(description)}<br><code>${escapeHtml(JSON.stringify(dropPattern(schema)))}</code></td><td><code>${escapeHtml(JSON.stringify(example))}</code></td></tr>`,
  )
  return `<h4>${title}</h4>
<div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Meaning</th><th scope="col">Example</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** The pattern of a format, such as that of a time, says less than its name. */
function dropPattern({ pattern, ...schema }: JsonSchema): JsonSchema {
  return pattern === undefined || schema['format'] !== undefined ? schema : { ...schema, pattern }
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
    .map((text) => {
      if (!text.startsWith(CHAPTER)) return `<p>${renderText(text)}</p>`
      const title = text.slice(CHAPTER.length)
      return `<h2 id="${toChapterId(title)}">${renderText(title)}</h2>`
    })
    .join('\n')
}

const CHAPTER = '## '

function listChapters(markdown: string): string[] {
  const blocks = markdown.split('\n\n')
  return blocks.filter((text) => text.startsWith(CHAPTER)).map((text) => text.slice(CHAPTER.length))
}

const toChapterId = (title: string) => `about-${title.toLowerCase().replace(/\W+/g, '-')}`

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
