import { setTimeout as pause } from 'node:timers/promises'
import { describe } from 'vitest'
import { startRedisServer } from '#local/redis/server'
import { redisServerPath, startRealRedis } from '../support/redis-server.ts'
import { TestClock } from '../support/test-clock.ts'
import { redisConformance } from './conformance.ts'

const token = 'a token for tests'

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
