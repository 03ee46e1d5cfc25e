import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { checkQueue, checkStorage } from '#runtime/aws-checks'
import { hanging, startStub, type StubServer } from '../support/stub-redis.ts'

let silent: StubServer
beforeAll(async () => {
  silent = await startStub(hanging)
  vi.stubEnv('SST_RESOURCE_App', JSON.stringify({ name: 'hunter', stage: 'test' }))
  vi.stubEnv('SST_RESOURCE_Backups', JSON.stringify({ name: 'backups' }))
  vi.stubEnv('SST_RESOURCE_ScanQueue', JSON.stringify({ url: `${silent.url}/000000000000/Scans` }))
  vi.stubEnv('AWS_ENDPOINT_URL', silent.url)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await silent.close()
})

it('reports a silent bucket and a silent queue as down, after one request each', async () => {
  const checks = await Promise.allSettled([checkStorage(), checkQueue()])
  expect(checks.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(silent.requests).toHaveLength(2)
})
