import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { checkQueue, checkStorage } from '#runtime/aws-checks'
import { stubEnvironment } from '../support/environment.ts'
import { hanging, startStub, type StubServer } from '../support/stub-redis.ts'

let silent: StubServer
beforeAll(async () => {
  silent = await startStub(hanging)
  stubEnvironment({
    SST_RESOURCE_App: JSON.stringify({ name: 'hunter', stage: 'test' }),
    SST_RESOURCE_Backups: JSON.stringify({ name: 'backups' }),
    SST_RESOURCE_ScanQueue: JSON.stringify({ url: `${silent.url}/000000000000/Scans` }),
    AWS_ENDPOINT_URL: silent.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
  })
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
