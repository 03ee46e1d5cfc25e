import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readSettings } from '#runtime/settings'
import { createReporter } from '#runtime/sentry'
import { recordingLog } from '../support/recording-log.ts'

let server: Server
let received: string[]
beforeEach(async () => {
  received = []
  server = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString())
      response.end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => void server.close())

it('sends the error, its tags and the release, and nothing of the machine or the request', async () => {
  const { port } = server.address() as AddressInfo
  const settings = readSettings({ SENTRY_DSN: `http://public@127.0.0.1:${port}/1`, HUNTER_ENV: 'test' })
  const reporter = createReporter(settings, '1.2.3', recordingLog())
  reporter.report(new Error('it broke'), { code: 'INTERNAL', request_id: 'r1' })
  await reporter.flush()
  expect(received).toHaveLength(1)
  const event = JSON.parse(received[0]?.split('\n')[2] ?? '') as Record<string, unknown>
  expect(event).toMatchObject({
    release: 'hunter@1.2.3',
    environment: 'test',
    tags: { code: 'INTERNAL', request_id: 'r1' },
    exception: { values: [{ type: 'Error', value: 'it broke' }] },
  })
  for (const field of ['server_name', 'request', 'user', 'breadcrumbs', 'extra'])
    expect(event).not.toHaveProperty(field)
})

it('does nothing without a DSN', async () => {
  const reporter = createReporter(readSettings({}), '1.2.3', recordingLog())
  reporter.report(new Error('it broke'), {})
  await reporter.flush()
  expect(received).toEqual([])
})
