import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { type RedisServer, startRedisServer } from '#emulators/redis/server'
import { systemClock } from '#platform/clock'
import { createHunterDatabase, type HunterDatabase } from './hunter-database.ts'

interface DatabaseAndRedis {
  database: HunterDatabase
  redis: RedisServer
}

/**
 * A database for the file that calls this, and an empty Redis for each of its tests, whose day begins at `startMs` and stands
 * still. What it answers has its values once the tests run.
 */
export function useDatabaseAndRedis(startMs: number): DatabaseAndRedis {
  const parts = {} as DatabaseAndRedis
  beforeAll(async () => {
    parts.database = await createHunterDatabase()
  })
  afterAll(() => parts.database.close())
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: startMs })
    parts.redis = await startRedisServer({ token: 't', clock: systemClock })
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    vi.useRealTimers()
    await parts.redis.close()
  })
  return parts
}
