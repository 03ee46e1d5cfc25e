/** Converts a `Response` into the result that AWS expects. */

export interface HttpResult {
  statusCode: number
  headers?: Record<string, string>
  /** Replaces `headers` when the event had multi-value headers. */
  multiValueHeaders?: Record<string, string[]>
  cookies?: string[]
  body: string
  isBase64Encoded: boolean
}

const TEXT = /^text\/|[/+](?:json|xml|javascript)\b/i

export async function writeResult(response: Response, isMultiValue: boolean): Promise<HttpResult> {
  const { headers } = response
  const isText = TEXT.test(headers.get('content-type') ?? 'text/plain') && !headers.has('content-encoding')
  // `response.text()` would drop the byte order mark that a CSV file needs
  const bytes = Buffer.from(await response.arrayBuffer())
  const body = bytes.toString(isText ? 'utf8' : 'base64')
  const common = { statusCode: response.status, body, isBase64Encoded: !isText }
  const cookies = headers.getSetCookie()
  const plain = [...headers].filter(([name]) => name !== 'set-cookie')
  if (!isMultiValue)
    return { ...common, headers: Object.fromEntries(plain), ...(cookies.length > 0 ? { cookies } : {}) }
  const several = Object.fromEntries(plain.map(([name, value]) => [name, [value]]))
  return { ...common, multiValueHeaders: cookies.length > 0 ? { ...several, 'set-cookie': cookies } : several }
}
