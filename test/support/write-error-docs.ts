/** Writes `docs/errors.md` from the table of codes: `node test/support/write-error-docs.ts`. A test holds the two together. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { listErrors } from '#api/http/error-table'
import { EXIT_STATUS_MEANING, toExitStatus } from '#cli/exit-status'
import { format, resolveConfig } from 'prettier'

export const ERROR_DOCS = 'docs/errors.md'

export async function errorDocs(): Promise<string> {
  const rows = listErrors().map(({ code, kind, status, meaning, api = '', cli = '' }) => {
    const cells = [`<a id="${code.toLowerCase()}"></a>\`${code}\``, status, toExitStatus(kind), meaning, api, cli]
    return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  })
  const exits = Object.entries(EXIT_STATUS_MEANING).map(([status, meaning]) => `| ${status} | ${meaning} |`)
  const text = [INTRODUCTION, HEAD, ...rows, EXITS, ...exits, ''].join('\n')
  return format(text, { ...(await resolveConfig(ERROR_DOCS)), filepath: ERROR_DOCS })
}

const INTRODUCTION = `# Errors

\`npm run docs:errors\` generates this page from the table of codes. A code never changes its meaning.

The API answers a failure with

\`\`\`json
{ "success": false, "error": { "code": "…", "message": "…", "details": {} }, "timestamp": "…" }
\`\`\`

\`details\` always has the \`remedy\` and the \`request_id\`. It has \`fields\` if fields are wrong, and \`retry_after_seconds\` (with the
header \`Retry-After\`) if Hunter knows how long to wait. With \`Accept: application/problem+json\` the answer is RFC 9457 instead:
\`type\`, \`title\`, \`status\`, \`detail\`, \`instance\` (a URI of the request id), and \`code\`.

A command prints the code and the message, the cause if the message lacks it, and what to do, then exits with the status below. With
\`--json\` it prints them as one object. An empty column means that the code does not appear there.
`

const HEAD = `| Code | HTTP status | Exit status | What happened | What to do over HTTP | What to do in a terminal |
| --- | --- | --- | --- | --- | --- |`

const EXITS = `
## Exit statuses

| Status | Meaning |
| --- | --- |`

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ERROR_DOCS, await errorDocs())
