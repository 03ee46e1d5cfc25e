/** API Gateway on this machine: turns each HTTP request into the event of payload format 2.0 and its answer back. */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { getErrorMessage } from '#platform/errors'

export interface GatewayOptions {
  /** Tried first; when it is taken, the next free one of the following twenty, then any. 0: any. */
  port: number
  invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>
  onAnswer: (line: { method: string; path: string; status: number; durationMs: number }) => void
}

export interface Gateway {
  url: string
  port: number
  /** Takes no more requests; those under way are answered, for as long as `graceMs`. */
  close(graceMs?: number): Promise<void>
}

/** API Gateway's own limit on a request. */
const BODY_BYTES_MAX = 10 * 1024 * 1024

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const server = createServer((request, response) => void serve(options, request, response))
  const port = await listen(server, options.port)
  let closed: Promise<void> | undefined
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: (graceMs = 0) => (closed ??= drain(server, graceMs)),
  }
}

async function drain(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const idle = setInterval(() => server.closeIdleConnections(), 25) // those that were answered meanwhile
  const over = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(idle)
  clearTimeout(over)
}

async function listen(server: Server, wanted: number): Promise<number> {
  const candidates = wanted === 0 ? [0] : [...Array.from({ length: 21 }, (_, i) => wanted + i), 0]
  for (const port of candidates.filter((candidate) => candidate <= 65_535)) {
    try {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      if (address !== null && typeof address === 'object') return address.port
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    }
  }
  throw new Error('no free port')
}

async function serve(options: GatewayOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = performance.now()
  try {
    const body = await readBody(request)
    const result = body === 'too large' ? tooLarge : await options.invoke(eventOf(request, body))
    write(response, result as APIGatewayProxyStructuredResultV2)
  } catch (error) {
    write(response, { statusCode: 500, body: JSON.stringify({ message: 'Internal Server Error' }) })
    process.stderr.write(`${getErrorMessage(error)}\n`)
  } finally {
    options.onAnswer({
      method: request.method ?? '',
      path: (request.url ?? '').split('?')[0] ?? '',
      status: response.statusCode,
      durationMs: performance.now() - startedMs,
    })
  }
}

const tooLarge = { statusCode: 413, body: JSON.stringify({ message: 'Request Entity Too Large' }) }

async function readBody(request: IncomingMessage): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk) // the rest is read and dropped, so that the answer arrives
  }
  return bytes > BODY_BYTES_MAX ? 'too large' : Buffer.concat(chunks)
}

/** Path and query as they were sent: parsing would take `..` out of the path. */
function urlOf(url: string): { pathname: string; search: string; searchParams: URLSearchParams } {
  const [, pathname = '/', search = ''] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(url) ?? []
  return { pathname, search, searchParams: new URLSearchParams(search) }
}

function eventOf(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = urlOf(request.url ?? '/')
  const headers = headersOf(request)
  const now = new Date()
  const isText = isUtf8(body)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: decodedPath(pathname),
    rawQueryString: search.slice(1),
    ...(headers.cookie ? { cookies: headers.cookie.split('; ') } : {}),
    headers,
    queryStringParameters: Object.fromEntries(searchParams),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers.host ?? '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 ? { body: isText ? body.toString() : body.toString('base64') } : {}),
    isBase64Encoded: !isText,
  }
}

/** The gateway decodes the path, and what it cannot decode it hands over as it came. */
function decodedPath(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headersDistinct)
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(',')]))
}

function write(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const { statusCode = 200, headers = {}, cookies = [], body = '', isBase64Encoded = false } = result
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value))
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json')
  response.writeHead(statusCode).end(isBase64Encoded ? Buffer.from(body, 'base64') : body)
}
