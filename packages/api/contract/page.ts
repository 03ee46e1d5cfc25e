/** Renders the contract as an HTML page. It has no script and loads nothing, so it also works offline. */
import { createHash } from 'node:crypto'
import type { ApiDocument, DocumentedOperation } from '#api/contract/document'
import { listErrors } from '#api/http/error-table'

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem }
code, pre { font: 14px/1.45 ui-monospace, monospace } pre { overflow: auto; padding: .75rem; border: 1px solid #8886 }
details { border-top: 1px solid #8886; padding: .6rem 0 } summary { cursor: pointer }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0 }
tr:target { background: #fd08 } .wide { overflow-x: auto }
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
<p>${escapeHtml(document.info.description)}</p>
<p>Send your key as <code>Authorization: Bearer &lt;key&gt;</code> or as <code>X-API-Key</code>.
Programs can read the same contract as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
<h2>Operations</h2>
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
  const { summary, parameters, requestBody, responses } = operation
  const body = requestBody?.content['application/json']
  const rows = parameters.map(
    ({ name, in: place, required, schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${place}${required ? '' : ', optional'}</td><td><code>${escapeHtml(JSON.stringify(schema))}</code></td></tr>`,
  )
  const answers = Object.entries(responses).map(
    ([status, { description }]) => `<li><strong>${status}</strong> ${escapeHtml(description)}</li>`,
  )
  return `<details><summary><code>${method.toUpperCase()} ${escapeHtml(path)}</code> ${escapeHtml(summary)}</summary>
${rows.length > 0 ? `<div class="wide"><table><tbody>${rows.join('')}</tbody></table></div>` : ''}
${body ? `<p>Body</p>${renderJson(body.schema)}<p>Example</p>${renderJson(body.example)}` : ''}
<ul>${answers.join('')}</ul></details>`
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
