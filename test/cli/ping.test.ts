/** `backup run --ping`, against a real server of HTTP. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parsePingUrl, type PingDeps, withPings } from '#cli/backup/ping'
import { AppError } from '#platform/errors'

interface Got {
  path: string
  body: string
  authorization: string | undefined
}

let server: Server
let base: string
let got: Got[]
let statuses: number[]
let warnings: string[]
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { url = '', headers } = request
      got.push({ path: url, body: Buffer.concat(parts).toString(), authorization: headers.authorization })
      response.writeHead(statuses.shift() ?? 200).end('OK')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  got = []
  statuses = []
  warnings = []
})
afterAll(() => server.close())

function deps(fetch = globalThis.fetch): PingDeps {
  let now = 0
  return { fetch, nowMs: () => (now += 1_500), newRunId: () => 'run-1', warn: (text) => warnings.push(text) }
}

test('reports the start, and the end with its result and duration', async () => {
  await withPings(deps(), `http://${base}/uuid/`, async () => '20261120T030000Z-4f9c2a of shop, proof level 4')
  expect(got).toMatchObject([
    { path: '/uuid/start?rid=run-1', body: '' },
    { path: '/uuid?rid=run-1', body: '20261120T030000Z-4f9c2a of shop, proof level 4\ntook 1.5 s' },
  ])
  expect(warnings).toEqual([])
})

test('reports a failure with code, reason and status, and no password; the failure itself stays unchanged', async () => {
  const error = new AppError('DATABASE_UNAVAILABLE', 'no answer from postgres://me:secret@db1/shop')
  await expect(withPings(deps(), `http://${base}/uuid?create=1`, () => Promise.reject(error))).rejects.toBe(error)
  expect(got[1]).toMatchObject({
    path: '/uuid/fail?create=1&rid=run-1',
    body: 'DATABASE_UNAVAILABLE: no answer from postgres://me:***@db1/shop\nexit status 6\ntook 1.5 s',
  })
  const bug = new Error('a bug')
  await expect(withPings(deps(), `http://${base}/uuid`, () => Promise.reject(bug))).rejects.toBe(bug)
  expect(got[3]?.body).toContain('INTERNAL: a bug\nexit status 1')
})

test('sends the credentials in the URL by HTTP authentication', async () => {
  await withPings(deps(), `http://me:p%40ss@${base}/uuid`, async () => 'done')
  expect(got[0]?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
})

test('retries a failed ping, and warns without the path, because anyone who has it can ping', async () => {
  statuses = [500, 200, 404, 404]
  await withPings(deps(), `http://${base}/uuid`, async () => 'done')
  expect(got).toHaveLength(4)
  expect(warnings).toEqual([`warning: the ping to ${base} failed (it answered 404); the backup is not affected`])
})

test('a missing or silent monitor neither fails nor delays the work', async () => {
  const begun = Promise.withResolvers<void>()
  const silent: typeof fetch = async () => {
    await begun.promise
    throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
  }
  let hasRun = false
  await withPings(deps(silent), 'https://127.0.0.1:1/uuid', async () => {
    hasRun = true // the start's ping still waits
    begun.resolve()
    return 'done'
  })
  expect(hasRun).toBe(true)
  expect(warnings).toEqual(Array(2).fill(expect.stringContaining('failed (connect ECONNREFUSED)')))
})

test('sends nothing without a URL', async () => {
  await withPings(deps(), undefined, async () => 'done')
  expect(got).toEqual([])
})

test.each(['ftp://host/x', 'file:///etc/passwd', 'hc-ping.com/uuid', 'https://', 'javascript:alert(1)'])('%s is refused as a URL', async (text) => {
  expect(() => parsePingUrl(text)).toThrow('--ping must be an http or https URL')
  await expect(withPings(deps(), text, async () => 'done')).rejects.toMatchObject({ code: 'USAGE' })
}) // prettier-ignore
