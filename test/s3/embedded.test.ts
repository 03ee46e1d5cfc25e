import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Clock } from '#platform/clock'
import { LOCAL_CREDENTIALS, startS3Server } from '#emulators/s3/server'
import { TestClock } from '../support/test-clock.ts'
import { s3Conformance } from './conformance.ts'
import { clientFor } from './conformance/suite.ts'

const clock = new TestClock()
/** No two operations at the same second: whatever should keep its time has to keep it. */
const ticking: Clock = {
  now: () => {
    clock.advanceMs(1_000)
    return clock.now()
  },
}
const dir = await mkdtemp(join(tmpdir(), 'hunter-s3-'))
const server = await startS3Server({ dir, buckets: [], clock: ticking })

afterAll(async () => {
  await server.close()
  await rm(dir, { recursive: true })
})

s3Conformance({
  name: 'the embedded server',
  connect: clientFor(server.url, LOCAL_CREDENTIALS),
  endpoint: server.url,
  now: () => clock.now(),
  lacks: {},
  passDays: async (days) => {
    clock.advanceMs(days * 86_400_000)
    await server.expireObjects(clock.now())
  },
})
