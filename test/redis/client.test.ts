import { afterEach, expect, test } from 'vitest'
import { createRedis, describeRedisError } from '#redis/client'
import { type StubServer, answering, hanging, refusingUrl, startStub } from '../support/stub-redis.ts'

let stub: StubServer | undefined
afterEach(async () => {
  await stub?.close()
  stub = undefined
})

test('does not repeat a command whose connection broke, because it may have run', async () => {
  stub = await startStub((request) => request.socket.destroy())
  const redis = createRedis({ url: stub.url, token: 't', timeoutMs: 20_000 })
  await expect(redis.incr('a')).rejects.toThrow('fetch failed')
  expect(stub.requests).toHaveLength(1)
})

test('fails a command after its timeout with an error, never a value', async () => {
  stub = await startStub(hanging)
  const redis = createRedis({ url: stub.url, token: 't', timeoutMs: 250 })
  await expect(redis.get('a')).rejects.toThrow(/timeout/)
  await expect(redis.get('a')).rejects.toThrow(/timeout/) // each command has its own time
  expect(stub.requests).toHaveLength(2)
})

test('fails a command whose answer stops half-way', async () => {
  stub = await startStub((_request, response) => void response.writeHead(200).write('{"result":'))
  const redis = createRedis({ url: stub.url, token: 't', timeoutMs: 50 })
  await expect(redis.get('a')).rejects.toThrow(/timeout/)
})

test('sends no information about the machine', async () => {
  stub = await startStub(answering(200, '{"result":"OK"}'))
  await createRedis({ url: stub.url, token: 't', timeoutMs: 20_000 }).set('a', 'b')
  const [headers = {}] = stub.requests
  expect(headers.authorization).toBe('Bearer t')
  expect(Object.keys(headers).filter((name) => name.includes('telemetry'))).toEqual([])
})

test('sends simultaneous commands one by one', async () => {
  stub = await startStub(answering(200, '{"result":"OK"}'))
  const redis = createRedis({ url: stub.url, token: 't', timeoutMs: 20_000 })
  await Promise.all([redis.set('a', 'b'), redis.set('c', 'd')])
  expect(stub.requests).toHaveLength(2)
})

test('reports a problem with its cause and without the command', async () => {
  stub = await startStub(answering(400, '{"error":"ERR no"}'))
  const redis = createRedis({ url: stub.url, token: 't', timeoutMs: 20_000 })
  const refused = await redis.set('a', 'a-secret-value').catch((error: unknown) => error)
  expect(describeRedisError(refused)).toBe('ERR no')
  const gone = createRedis({ url: await refusingUrl(), token: 't', timeoutMs: 20_000 })
  const unreachable = await gone.get('a').catch((error: unknown) => error)
  expect(describeRedisError(unreachable)).toMatch(/^fetch failed: .*ECONNREFUSED/)
})
