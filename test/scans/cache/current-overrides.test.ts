import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDatabase, createDatabase } from '#db/client'
import { putOverride } from '#leads/provider-overrides'
import { createCurrentOverrides } from '#scans/cache/current-overrides'
import { createHunterDatabase, type HunterDatabase } from '../../support/hunter-database.ts'
import { TestClock } from '../../support/test-clock.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

const put = (suffix: string) =>
  putOverride(
    database.db,
    { signal: 'mx', suffix, providerId: 'natro', note: '' },
    { actor: 'test', at: new Date('2026-11-20T00:00:00Z') },
  )

function counted(clock = new TestClock()) {
  const seen = { statements: 0 }
  const db = drizzle(database.db.$client, { logger: { logQuery: () => void (seen.statements += 1) } })
  return { seen, clock, current: createCurrentOverrides({ db, clock }) }
}

it('queries the database once a minute, however many scans read', async () => {
  const { seen, clock, current } = counted()
  await Promise.all(Array.from({ length: 20 }, () => current.read()))
  clock.advanceMs(59_999)
  await current.read()
  expect(seen.statements).toBe(1)
  await put('posta-bir.com.tr')
  expect(await current.read()).toEqual([])
  clock.advanceMs(1)
  expect(await current.read()).toMatchObject([{ signal: 'mx', suffix: 'posta-bir.com.tr', providerId: 'natro' }])
  expect(seen.statements).toBe(2)
})

it('sees a change at once after an invalidation', async () => {
  const { current } = counted()
  await current.read()
  await put('posta-iki.com.tr')
  current.invalidate()
  expect((await current.read()).map(({ suffix }) => suffix)).toContain('posta-iki.com.tr')
})

it('does not cache a failure of the database', async () => {
  const gone = createDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 1_000 })
  let isGone = true
  const db = new Proxy(gone, {
    get: (target, name) => {
      if (name === 'select' && isGone) throw new Error('gone')
      return Reflect.get(target, name) as unknown
    },
  })
  const current = createCurrentOverrides({ db, clock: new TestClock() })
  await expect(current.read()).rejects.toThrow('gone')
  isGone = false
  expect(await current.read()).toHaveLength(2)
  await closeDatabase(gone)
})
