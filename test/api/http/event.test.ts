/** Events in the shapes that AWS documents, with what a hostile caller can put into them. */
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiEnv } from '#api/http/context'
import { answerEvent, type EventV1, type EventV2, type HttpEvent, parseEvent } from '#api/http/event'
import { providerOverrides } from '#db/tables'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../../support/test-api.ts'

interface Sent {
  method?: string
  path?: string
  query?: string
  headers?: Record<string, string>
  body?: string
  isBase64Encoded?: boolean
}

/** API Gateway's HTTP API: it decodes the path. */
function gatewayV2({ method = 'GET', path = '/', query = '', headers = {}, ...rest }: Sent = {}): EventV2 {
  const host = 'a1b2c3.execute-api.eu-central-1.amazonaws.com'
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' }
  const requestContext = {
    domainName: host,
    http,
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: '$default',
    stage: '$default',
  }
  const event = { version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: query, requestContext, ...rest }
  return { ...event, headers: { host, ...headers } }
}

/** A function URL: payload format 2.0, with the path as the caller sent it. */
function functionUrl(sent: Sent): EventV2 {
  const event = gatewayV2(sent)
  return { ...event, requestContext: { ...event.requestContext, domainName: 'abc.lambda-url.eu-central-1.on.aws' } }
}

/** API Gateway's REST API. */
function gatewayV1(
  { method = 'GET', path = '/', headers = {}, ...rest }: Sent,
  query: Record<string, string[]> = {},
): EventV1 {
  const entries = Object.entries({ Host: 'api.example', ...headers })
  return {
    httpMethod: method,
    path,
    headers: Object.fromEntries(entries),
    multiValueHeaders: Object.fromEntries(entries.map(([name, value]) => [name, [value]])),
    queryStringParameters: Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.at(-1)])),
    multiValueQueryStringParameters: query,
    requestContext: { identity: { sourceIp: '192.0.2.2' } },
    body: null,
    isBase64Encoded: false,
    ...rest,
  }
}

/** An application load balancer, with single header values. */
function loadBalancer(
  { method = 'GET', path = '/', headers = {}, ...rest }: Sent,
  query: Record<string, string> = {},
): EventV1 {
  return {
    httpMethod: method,
    path,
    headers: { host: 'lb.example', 'x-forwarded-for': '198.51.100.9, 192.0.2.3', ...headers },
    queryStringParameters: query,
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/x/1' } },
    body: '',
    isBase64Encoded: false,
    ...rest,
  }
}

describe('an event', () => {
  it.each<[string, HttpEvent, string, string]>([
    [
      'the HTTP API',
      gatewayV2({ path: '/leads/a b?c#d', query: 'q=%C5%9F&q=2' }),
      '/leads/a%20b%3Fc%23d?q=%C5%9F&q=2',
      '192.0.2.1',
    ],
    ['a function URL', functionUrl({ path: '/leads/a%20b', query: 'q=1' }), '/leads/a%20b?q=1', '192.0.2.1'],
    ['the REST API', gatewayV1({ path: '/leads/a b' }, { q: ['ş', '2'] }), '/leads/a%20b?q=%C5%9F&q=2', '192.0.2.2'],
    ['a load balancer', loadBalancer({ path: '/leads/a%20b' }, { q: '%C5%9F' }), '/leads/a%20b?q=%C5%9F', '192.0.2.3'],
  ])('of %s becomes one request', (_, event, path, sourceIp) => {
    const { request, bindings } = parseEvent(event)
    const { pathname, search } = new URL(request.url)
    expect([pathname + search, bindings]).toEqual([path, { sourceIp }])
  })

  it.each<[string, (sent: Sent) => HttpEvent]>([
    ['the HTTP API', gatewayV2],
    ['a function URL', functionUrl],
    ['the REST API', gatewayV1],
    ['a load balancer', loadBalancer],
  ])('of %s passes its body on, as text and as base64', async (_, eventOf) => {
    const sent = { method: 'POST', headers: { 'content-length': '1', 'content-type': 'text/plain' } }
    const text = parseEvent(eventOf({ ...sent, body: 'ş' })).request
    expect([await text.text(), text.headers.get('content-length')]).toEqual(['ş', '2'])
    const bytes = parseEvent(eventOf({ ...sent, body: 'AP8=', isBase64Encoded: true })).request
    expect([...new Uint8Array(await bytes.arrayBuffer())]).toEqual([0, 255])
  })

  it('loses its body when the method has none', async () => {
    const { request, bindings } = parseEvent(gatewayV2({ method: 'GET', body: '{}' }))
    expect([request.body, bindings.refusal]).toEqual([null, undefined])
  })

  it('joins the cookies that payload format 2.0 separates', () => {
    const { request } = parseEvent({ ...gatewayV2(), cookies: ['a=1', 'b=2'] })
    expect(request.headers.get('cookie')).toBe('a=1; b=2')
  })

  it('comes from the address that its gateway saw; only a load balancer reports it in a header', () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    const sources = [gatewayV2({ headers }), functionUrl({ headers }), gatewayV1({ headers })].map(parseEvent)
    expect(sources.map(({ bindings }) => bindings.sourceIp)).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.2'])
    expect(parseEvent({ ...gatewayV1({ headers }), requestContext: {} }).bindings.sourceIp).toBe('')
    const several = { 'x-forwarded-for': '203.0.113.7, 192.0.2.3' }
    expect(parseEvent(loadBalancer({ headers: several })).bindings.sourceIp).toBe('192.0.2.3')
  })
})

describe('an answer', () => {
  const app = new Hono<ApiEnv>()
  app.get('/text', (c) => c.text('ş'))
  app.get('/marked', (c) => c.body('\uFEFFş', 200, { 'Content-Type': 'text/csv' }))
  app.get('/bytes', (c) => c.body(new Uint8Array([0, 255]), 200, { 'Content-Type': 'application/pdf' }))
  app.get('/cookies', (c) => {
    c.header('Set-Cookie', 'a=1', { append: true })
    c.header('Set-Cookie', 'b=2', { append: true })
    return c.body(null, 204)
  })

  it('has a text body as text and any other as base64', async () => {
    expect(await answerEvent(app, gatewayV2({ path: '/text' }))).toMatchObject({ body: 'ş', isBase64Encoded: false })
    const bytes = await answerEvent(app, gatewayV2({ path: '/bytes' }))
    expect(bytes).toMatchObject({ statusCode: 200, body: 'AP8=', isBase64Encoded: true })
  })

  it('keeps the byte order mark of a text, by which a spreadsheet knows its encoding', async () => {
    expect(await answerEvent(app, gatewayV2({ path: '/marked' }))).toMatchObject({ body: '\uFEFFş' })
  })

  it('has its cookies and headers in the format of the event', async () => {
    expect(await answerEvent(app, gatewayV2({ path: '/cookies' }))).toMatchObject({ cookies: ['a=1', 'b=2'] })
    const several = await answerEvent(app, gatewayV1({ path: '/text' }))
    expect(several.multiValueHeaders).toMatchObject({ 'content-type': [expect.stringMatching(/^text\/plain/)] })
    const cookies = await answerEvent(app, gatewayV1({ path: '/cookies' }))
    expect(cookies.multiValueHeaders).toMatchObject({ 'set-cookie': ['a=1', 'b=2'] })
  })
})

describe('a hostile event', () => {
  let database: HunterDatabase
  let api: TestApi
  let key: string
  beforeAll(async () => {
    database = await createHunterDatabase()
    api = createTestApi(database.db)
    key = await api.key(['admin'])
  })
  afterAll(() => database.close())

  async function send(event: HttpEvent) {
    api.lines.length = 0
    const { statusCode, body, headers = {} } = await answerEvent(api.app, event)
    const { error } = JSON.parse(body) as { error?: { code: string; details: Record<string, unknown> } }
    return { statusCode, headers, error, requests: api.lines.filter(({ event }) => event === 'request') }
  }

  it('reaches no other route through a parameter', async () => {
    const headers = { authorization: `Bearer ${key}` }
    await database.db
      .insert(providerOverrides)
      .values({ signal: 'mx', suffix: 'nobody.net', providerId: 'natro', createdBy: 'test' })
    for (const [method, path] of [
      ['POST', '/api/v1/leads/../scan/dead-letters/redrive?/rescan'],
      ['DELETE', '/api/v1/admin/keys/../provider-overrides/mx/nobody.net'],
      ['POST', '/api/v1/leads/./firma.com.tr/rescan'],
    ] as const) {
      const { statusCode, error } = await send(gatewayV2({ method, path, headers }))
      expect([statusCode, error?.code]).toEqual([400, 'REQUEST_UNREADABLE'])
    }
    const encoded = loadBalancer({
      method: 'DELETE',
      path: '/api/v1/admin/keys/%2e%2e%2Fprovider-overrides%2Fmx%2Fnobody.net',
      headers,
    })
    expect((await send(encoded)).error?.code).toBe('REQUEST_UNREADABLE')
    expect(await database.db.$count(providerOverrides)).toBe(1)
  })

  it.each<[string, HttpEvent, number, string]>([
    ['NUL in its path', gatewayV2({ path: '/api/v1/leads/\0' }), 400, 'REQUEST_UNREADABLE'],
    ['an encoded NUL', functionUrl({ path: '/api/v1/leads/%00' }), 400, 'REQUEST_UNREADABLE'],
    ['broken percent-encoding', functionUrl({ path: '/api/v1/leads/%ff' }), 400, 'REQUEST_UNREADABLE'],
    ['a broken query', gatewayV2({ path: '/api/v1/leads', query: 'q=%E0%A4%A' }), 400, 'REQUEST_UNREADABLE'],
    ['half a character', gatewayV2({ path: '/api/v1/leads/\uD800' }), 400, 'REQUEST_UNREADABLE'],
    ['no path', gatewayV2({ path: '' }), 400, 'REQUEST_UNREADABLE'],
    ['a header over two lines', gatewayV2({ headers: { accept: 'a\r\nb' } }), 400, 'REQUEST_UNREADABLE'],
    [
      'a body that is no base64',
      gatewayV2({ method: 'POST', body: '*', isBase64Encoded: true }),
      400,
      'REQUEST_UNREADABLE',
    ],
    ['a host that is none', { ...gatewayV1({}), requestContext: { domainName: 'a b' } }, 400, 'REQUEST_UNREADABLE'],
    ['the method TRACE', gatewayV2({ method: 'TRACE' }), 405, 'METHOD_NOT_ALLOWED'],
    ['no method', gatewayV2({ method: '' }), 405, 'METHOD_NOT_ALLOWED'],
  ])('with %s gets the envelope and its request id, and one log line', async (_, event, status, code) => {
    const { statusCode, headers, error, requests } = await send(event)
    expect([statusCode, error?.code]).toEqual([status, code])
    const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    expect(names['allow'] !== undefined).toBe(status === 405)
    expect(error?.details['request_id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(requests).toMatchObject([{ fields: { status, code } }])
    expect(api.reported).toEqual([])
  })
})
