import { setTimeout as pause } from 'node:timers/promises'
import { describe } from 'vitest'
import { startRedisServer } from '#emulators/redis/server'
import { redisServerPath, startRealRedis } from '../support/redis-server.ts'
import { TestClock } from '../support/test-clock.ts'
import { rateLimits } from './conformance/limits.ts'
import { requests } from './conformance/requests.ts'
import { scripts } from './conformance/scripts.ts'
import { type Endpoint, serverOf } from './conformance/server.ts'
import { keptValues } from './conformance/values.ts'

const token = 'a token for tests'

/** What a Redis behind the Upstash REST protocol must do, asked through the real clients. Touches its own keys alone. */
function redisConformance(open: () => Promise<Endpoint>): void {
  const server = serverOf(open)
  for (const suite of [keptValues, requests, scripts, rateLimits]) suite(server)
}

describe('the embedded Redis', () => {
  redisConformance(async () => {
    const clock = new TestClock()
    const server = await startRedisServer({ token, clock })
    return { ...server, token, pass: async (ms) => clock.advanceMs(ms) }
  })
})

const note = redisServerPath ? '' : ' (skipped: not installed; apt-get install redis-server)'

describe.skipIf(redisServerPath === undefined)(`a real redis-server${note}`, () => {
  redisConformance(async () => {
    const server = await startRealRedis(redisServerPath ?? '', token)
    return { ...server, token, pass: (ms) => pause(ms) } // its clock is the real one
  })
})
