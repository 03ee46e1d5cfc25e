/** Writes an operation's example as a request: for the page a line of curl. */
import type { DocumentedOperation } from '#api/contract/document'

/** `/api/v1/leads/acme.com.tr/history`: the path with the examples of its parameters. */
export function fillPath(path: string, { parameters }: DocumentedOperation): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(parameters.find((parameter) => parameter.name === name)?.example)),
  )
}

/** A line for a POSIX shell with the variable HUNTER_KEY. `origin`: `https://api.example.com` */
export function formatCurl(origin: string, method: string, path: string, operation: DocumentedOperation): string {
  const { security, requestBody, responses } = operation
  const body = requestBody?.content['application/json']?.example
  return [
    'curl',
    // saves a file under its name, and from the storage where it is too large for the answer
    ...(responses['200']?.headers['Content-Disposition'] ? [responses['303'] ? '-LOJ' : '-OJ'] : []),
    ...(method === 'get' ? [] : ['-X', method.toUpperCase()]),
    quote(`${origin}${fillPath(path, operation)}`),
    ...(security.length > 0 ? ['-H "Authorization: Bearer $HUNTER_KEY"'] : []),
    ...listRequiredHeaders(operation).map((header) => `-H ${quote(header)}`),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json' -d ${quote(JSON.stringify(body))}`]),
  ].join(' ')
}

/** Headers that the operation requires besides the key, as `name: value`. */
export function listRequiredHeaders({ parameters }: DocumentedOperation): string[] {
  const headers = parameters.filter((parameter) => parameter.in === 'header' && parameter.required)
  return headers.map(({ name, example }) => `${name}: ${String(example)}`)
}

function quote(text: string): string {
  return /^[\w./:%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
