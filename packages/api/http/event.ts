/**
 * Converts an AWS event into a `Request`: from API Gateway (payload formats 2.0 and 1.0), a function URL or a load
 * balancer. An event that is no valid request reaches the app as a refusal, so that it is counted, logged and answered
 * like any other.
 */
import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { type HttpResult, writeResult } from '#api/http/result'
import { AppError } from '#platform/errors'

export type HttpEvent = EventV2 | EventV1

/** API Gateway's payload format 2.0; function URLs use it, too. */
export interface EventV2 extends EventBody {
  rawPath: string
  rawQueryString?: string
  cookies?: string[]
  headers?: Record<string, string | undefined>
  requestContext: { domainName?: string; http: { method: string; sourceIp?: string } }
}

/**
 * API Gateway's payload format 1.0. A load balancer uses it, too, with single or multiple header values depending on
 * its setting.
 */
export interface EventV1 extends EventBody {
  httpMethod: string
  path: string
  headers?: Record<string, string | undefined> | null
  multiValueHeaders?: Record<string, string[] | undefined> | null
  queryStringParameters?: Record<string, string | undefined> | null
  multiValueQueryStringParameters?: Record<string, string[] | undefined> | null
  requestContext: { domainName?: string; elb?: object; identity?: { sourceIp?: string } }
}

interface EventBody {
  body?: string | null
  isBase64Encoded?: boolean
}

/** Answers one event. Never throws for anything that a caller sent. */
export async function answerEvent(app: Hono<ApiEnv>, event: HttpEvent): Promise<HttpResult> {
  const { request, bindings } = parseEvent(event)
  return writeResult(
    await app.fetch(request, bindings),
    'multiValueHeaders' in event && Boolean(event.multiValueHeaders),
  )
}

interface ParsedEvent {
  request: Request
  bindings: ApiEnv['Bindings']
}

export function parseEvent(event: HttpEvent): ParsedEvent {
  const sourceIp = findSourceIp(event)
  try {
    return { request: buildRequest(event), bindings: { sourceIp } }
  } catch (thrown) {
    const refusal = thrown instanceof AppError ? thrown : unreadable('the request cannot be read', thrown)
    return { request: buildRefusedRequest(event), bindings: { sourceIp, refusal } }
  }
}

/** Keeps the readable headers of a refused request: they carry its id and the format that it accepts. */
function buildRefusedRequest(event: HttpEvent): Request {
  const headers = new Headers()
  for (const [name, value] of listHeaders(event)) {
    try {
      headers.append(name, value)
    } catch {
      // this header is invalid, maybe the reason of the refusal
    }
  }
  return new Request('https://localhost/', { headers })
}

function buildRequest(event: HttpEvent): Request {
  const method = 'httpMethod' in event ? event.httpMethod : event.requestContext.http.method
  const url = `https://${findHost(event)}${encodePath(event)}${readQueryString(event)}`
  if (!URL.canParse(url)) throw unreadable('the URL cannot be read')
  requireMethod(method)
  const headers = new Headers()
  for (const [name, value] of listHeaders(event)) headers.append(name, value)
  const body = decodeBody(event)
  headers.delete('content-length')
  if (!body || method === 'GET' || method === 'HEAD') return new Request(url, { method, headers })
  headers.set('content-length', String(body.length))
  return new Request(url, { method, headers, body })
}

/** The methods that routes use. `Request` itself refuses TRACE and CONNECT. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

function requireMethod(method: string): void {
  if (METHODS.includes(method)) return
  const message = `the method ${JSON.stringify(method.slice(0, 20))} is not supported`
  throw new AppError('METHOD_NOT_ALLOWED', message, { details: { allowed: METHODS } })
}

/**
 * Encodes each segment again, because the gateways decode the path (payload formats 1.0 and 2.0). A parameter that
 * holds a slash or a question mark must not become another path or a query.
 */
function encodePath(event: HttpEvent): string {
  const path = 'rawPath' in event ? event.rawPath : event.path
  const isEncoded = isPassedUndecoded(event)
  const segments = path.split('/').slice(1)
  if (!path.startsWith('/')) throw unreadable('the path does not start with a slash')
  return segments.map((segment) => `/${encodeURIComponent(checkSegment(segment, isEncoded))}`).join('')
}

/** Function URLs and load balancers pass the path and the query on without decoding them. */
function isPassedUndecoded({ requestContext }: HttpEvent): boolean {
  return 'elb' in requestContext || /\.lambda-url\./.test(requestContext.domainName ?? '')
}

const CONTROL_CHARACTERS = /\p{Cc}/u

function checkSegment(segment: string, isEncoded: boolean): string {
  const plain = isEncoded ? decode(segment, 'the path') : segment
  if (plain === '.' || plain === '..') throw unreadable('the path contains a . or .. segment')
  if (plain.includes('/')) throw unreadable('the path contains an encoded slash')
  if (CONTROL_CHARACTERS.test(plain) || !plain.isWellFormed()) {
    throw unreadable('the path contains control characters or broken Unicode')
  }
  return plain
}

function readQueryString(event: HttpEvent): string {
  const query = 'rawPath' in event ? (event.rawQueryString ?? '') : encodeQuery(event)
  decode(query.replaceAll('+', ' '), 'the query')
  return query && `?${query.replaceAll('#', '%23')}`
}

/** A load balancer passes the values on encoded; the gateway decodes them. */
function encodeQuery(event: EventV1): string {
  const { multiValueQueryStringParameters: several, queryStringParameters: one } = event
  const values = several ?? Object.fromEntries(Object.entries(one ?? {}).map(([name, value]) => [name, [value ?? '']]))
  const encode = isPassedUndecoded(event) ? (text: string) => text : encodeURIComponent
  const pairs = Object.entries(values).flatMap(([name, all]) => (all ?? []).map((value) => [name, value]))
  return pairs.map((pair) => pair.map((part) => encode(part ?? '')).join('=')).join('&')
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw unreadable(`${what} is not percent-encoded UTF-8`, cause)
  }
}

function findHost(event: HttpEvent): string {
  const host =
    event.requestContext.domainName ?? listHeaders(event).find(([name]) => name.toLowerCase() === 'host')?.[1]
  return host ?? 'localhost'
}

function listHeaders(event: HttpEvent): [name: string, value: string][] {
  const cookies = 'cookies' in event && event.cookies ? ([['cookie', event.cookies.join('; ')]] as const) : []
  const several = 'multiValueHeaders' in event ? event.multiValueHeaders : null
  const entries = several
    ? Object.entries(several).flatMap(([name, values]) => (values ?? []).map((value) => [name, value] as const))
    : Object.entries(event.headers ?? {}).map(([name, value]) => [name, value ?? ''] as const)
  const isListed = ([name]: readonly [string, string]) => cookies.length > 0 && name.toLowerCase() === 'cookie'
  return [...entries.filter((entry) => !isListed(entry)), ...cookies].map(([name, value]) => [name, value])
}

/**
 * Returns the address that the gateway saw. A load balancer appends it to X-Forwarded-For; elsewhere callers can forge
 * that header, so it is ignored.
 */
function findSourceIp(event: HttpEvent): string {
  if ('http' in event.requestContext) return event.requestContext.http.sourceIp ?? ''
  if (!('elb' in event.requestContext)) return event.requestContext.identity?.sourceIp ?? ''
  const forwarded = listHeaders(event).findLast(([name]) => name.toLowerCase() === 'x-forwarded-for')?.[1] ?? ''
  return forwarded.split(',').at(-1)?.trim() ?? ''
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

function decodeBody({ body, isBase64Encoded = false }: EventBody): Buffer<ArrayBuffer> | null {
  if (!body) return null
  if (!isBase64Encoded) return Buffer.from(body)
  if (!BASE64.test(body)) throw unreadable('the body is not base64')
  return Buffer.from(body, 'base64')
}

function unreadable(message: string, cause?: unknown): AppError {
  return new AppError('REQUEST_UNREADABLE', message, { cause })
}
