/**
 * API Gateway on this machine: turns each HTTP request into an event of payload format 2.0, and the answer back into
 * HTTP, within the limits of the gateway and of Lambda.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { getErrorMessage } from '#platform/errors'

export interface GatewayOptions {
  /** Preferred port. When it is taken, the next free one of the following twenty is used, then any. 0: any. */
  port: number
  invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>
  /** Called with the reason of an answer that does not name it. */
  onProblem: (message: string) => void
  onAnswer: (line: { method: string; path: string; status: number; durationMs: number }) => void
}

export interface Gateway {
  url: string
  port: number
  /** Accepts no more requests, and lets those in progress finish for up to `graceMs`. */
  close(graceMs?: number): Promise<void>
}

/** API Gateway's own limit on a request. */
const BODY_BYTES_MAX = 10 * 1024 * 1024
const IDLE_MS = 60_000

/** Lambda's limits on the JSON of an event and of an answer; what is no text is in it as base64. */
const EVENT_BYTES_MAX = 6_291_456
const RESULT_BYTES_MAX = 6_291_556

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  // AWS keeps an idle connection as well: a client that sends on one that closes sees a failure
  const server = createServer(
    { keepAliveTimeout: IDLE_MS },
    (request, response) => void serve(options, request, response),
  )
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
  const idle = setInterval(() => server.closeIdleConnections(), 25) // those answered meanwhile
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
    write(response, body === 'too large' ? tooLarge : await invoke(options, createEvent(request, body)))
  } catch (error) {
    write(response, { statusCode: 500, body: JSON.stringify({ message: 'Internal Server Error' }) })
    options.onProblem(getErrorMessage(error))
  } finally {
    options.onAnswer({
      method: request.method ?? '',
      path: (request.url ?? '').split('?')[0] ?? '',
      status: response.statusCode,
      durationMs: performance.now() - startedMs,
    })
  }
}

/** A caller sees 413 for an event that Lambda does not take, and 500 for an answer that it does not give. */
async function invoke(
  options: GatewayOptions,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> {
  const eventBytes = measureJson(event)
  if (eventBytes > EVENT_BYTES_MAX) {
    options.onProblem(`the event has ${eventBytes} bytes, and Lambda takes at most ${EVENT_BYTES_MAX}`)
    return tooLarge
  }
  const result = await options.invoke(event)
  const resultBytes = measureJson(result)
  if (resultBytes <= RESULT_BYTES_MAX) return result as APIGatewayProxyStructuredResultV2
  throw new Error(`the answer has ${resultBytes} bytes, and Lambda gives at most ${RESULT_BYTES_MAX}`)
}

function measureJson(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}

const tooLarge = { statusCode: 413, body: JSON.stringify({ message: 'Request Entity Too Large' }) }

async function readBody(request: IncomingMessage): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk) // reads and drops the rest, so that the client gets the answer
  }
  return bytes > BODY_BYTES_MAX ? 'too large' : Buffer.concat(chunks)
}

/** Splits path and query as they were sent: URL parsing would resolve `..` in the path. */
function parseUrl(url: string): { pathname: string; search: string; searchParams: URLSearchParams } {
  const [, pathname = '/', search = ''] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(url) ?? []
  return { pathname, search, searchParams: new URLSearchParams(search) }
}

/** Types whose bodies the gateway passes on as UTF-8, whatever their bytes are; all others travel as base64. */
const TEXT = /^(?:text\/|application\/(?:json|xml|javascript)(?:;|$))/i

function createEvent(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = parseUrl(request.url ?? '/')
  const { cookie, ...headers } = joinHeaders(request)
  const now = new Date()
  const isText = TEXT.test(headers['content-type'] ?? '')
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: decodedPath(pathname),
    rawQueryString: search.slice(1),
    ...(cookie ? { cookies: cookie.split('; ') } : {}), // they are no header of the event
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

/** API Gateway decodes the path, and passes on what it cannot decode unchanged. */
function decodedPath(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

function joinHeaders(request: IncomingMessage): Record<string, string> {
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
