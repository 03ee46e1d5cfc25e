import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { createServer, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { type Gateway, startGateway } from '#local/gateway'

const gateways: Gateway[] = []
const problems: string[] = []
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close()
  problems.length = 0
})

async function gatewayOf(invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>, port = 0): Promise<Gateway> {
  const gateway = await startGateway({
    port,
    invoke,
    onProblem: (message) => problems.push(message),
    onAnswer: () => undefined,
  })
  gateways.push(gateway)
  return gateway
}

it('passes on path, query, headers and body in payload format 2.0', async () => {
  const { url } = await gatewayOf(async (event) => ({ statusCode: 201, body: JSON.stringify(event) }))
  const answer = await fetch(`${url}/a%20b?x=1&x=2`, {
    method: 'POST',
    body: '{"ş":1}',
    headers: { 'X-Some': 'Value' },
  })
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({
    version: '2.0',
    rawPath: '/a b',
    rawQueryString: 'x=1&x=2',
    headers: { 'x-some': 'Value' },
    body: '{"ş":1}',
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST', sourceIp: '127.0.0.1' } },
  })
})

it('decodes the path and otherwise leaves it unchanged, as API Gateway does', async () => {
  const { port } = await gatewayOf(async ({ rawPath }) => ({ statusCode: 200, body: rawPath }))
  const bodyOf = async (path: string) => {
    const sent = request({ port, path })
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return text(response)
  }
  expect(await bodyOf('/a/..%2Fb%3Fc/./d')).toBe('/a/../b?c/./d')
  expect(await bodyOf('/%ff')).toBe('/%ff')
})

it('passes on binary bodies unchanged, in both directions', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x80])
  const { url } = await gatewayOf(async ({ body, isBase64Encoded }) => ({ statusCode: 200, body, isBase64Encoded }))
  const answer = await fetch(url, { method: 'POST', body: bytes })
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
})

it.each([
  ['text/csv; charset=windows-1254', false],
  ['application/json', false],
  ['application/xml', false],
  ['application/octet-stream', true],
  ['multipart/form-data; boundary=x', true],
  ['application/x-www-form-urlencoded', true],
  ['application/problem+json', true],
])('passes on a body of %s as API Gateway does: base64 is %s', async (type, isBase64Encoded) => {
  const seen: unknown[] = []
  const { url } = await gatewayOf(async (event) => {
    seen.push([event.isBase64Encoded, event.body])
    return { statusCode: 200 }
  })
  const bytes = Buffer.from('\xDEirket', 'latin1')
  await fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body: bytes })
  expect(seen).toEqual([[isBase64Encoded, isBase64Encoded ? bytes.toString('base64') : '\uFFFDirket']])
})

it('refuses a body of more than 10 MiB and does not call the function', async () => {
  let calls = 0
  const { url } = await gatewayOf(async () => ({ statusCode: 200, body: String((calls += 1)) }))
  const answer = await fetch(url, { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) })
  expect(answer.status).toBe(413)
  expect(calls).toBe(0)
})

describe("Lambda's 6 MB", () => {
  const MB = 1_000_000
  const size = async (answer: Response) => (await answer.arrayBuffer()).byteLength

  it.each([
    ['text', Buffer.alloc(6.2 * MB, 'a'), Buffer.alloc(6.3 * MB, 'a'), 'text/plain'],
    ['bytes, which grow by a third as base64', Buffer.alloc(4.6 * MB), Buffer.alloc(4.8 * MB), 'image/png'],
    ['quotes, which JSON doubles', Buffer.alloc(3.1 * MB, '"'), Buffer.alloc(3.2 * MB, '"'), 'text/plain'],
  ])('ends a request of %s with 413, and the function never sees it', async (_what, small, large, type) => {
    let calls = 0
    const { url } = await gatewayOf(async () => ({ statusCode: 200, body: String((calls += 1)) }))
    const headers = { 'Content-Type': type }
    expect((await fetch(url, { method: 'POST', headers, body: small })).status).toBe(200)
    const answer = await fetch(url, { method: 'POST', headers, body: large })
    expect([answer.status, await answer.json(), calls]).toEqual([413, { message: 'Request Entity Too Large' }, 1])
    expect(problems).toEqual([expect.stringMatching(/^the event has \d{7} bytes, and Lambda takes at most 6291456$/)])
  })

  it('turns an answer beyond it into a 500, and says why in the log alone', async () => {
    const bytes = Buffer.alloc(4.8 * MB, 0xff).toString('base64')
    const { url } = await gatewayOf(async ({ rawPath }) =>
      rawPath === '/small'
        ? { statusCode: 200, body: 'a'.repeat(6.2 * MB) }
        : { statusCode: 200, body: bytes, isBase64Encoded: true },
    )
    expect(await size(await fetch(`${url}/small`))).toBe(6.2 * MB)
    const answer = await fetch(`${url}/large`)
    expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }])
    expect(problems).toEqual([
      expect.stringMatching(/^the answer has 64\d{5} bytes, and Lambda gives at most 6291556$/),
    ])
  })
})

it('answers 500 without the cause when the function fails', async () => {
  const { url } = await gatewayOf(async () => Promise.reject(new Error('password=secret')))
  const answer = await fetch(url)
  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain('secret')
  expect(problems).toEqual(['password=secret'])
})

it('uses another port when the wanted one is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  const { port } = await gatewayOf(async () => ({ statusCode: 200, body: '' }), taken)
  expect(port).not.toBe(taken)
  other.close()
})

it('finishes running requests when it closes, accepts no new ones, and stops waiting at its limit', async () => {
  const [asked, release] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()]
  const gateway = await gatewayOf(async () => {
    asked.resolve()
    return release.promise
  })
  const underWay = fetch(gateway.url)
  await asked.promise
  const closed = gateway.close(60_000)
  await expect(fetch(gateway.url)).rejects.toThrow('fetch failed')
  release.resolve({ statusCode: 200, body: 'done' })
  expect(await (await underWay).text()).toBe('done')
  await closed

  const hung = await gatewayOf(() => new Promise(() => undefined))
  const never = fetch(hung.url).catch((error: unknown) => error)
  await hung.close(100)
  expect(await never).toBeInstanceOf(Error)
})
