import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HealthPart } from '#api/health/readiness'
import { REVISION } from '#db/revision'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi } from '../support/test-api.ts'

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
})
afterAll(() => database.close())

const part = (name: string, essential: boolean, check: HealthPart['check'] = async () => undefined): HealthPart => ({
  name,
  essential,
  check,
})
const away = () => Promise.reject(new Error('10.0.0.7 refused'))
const ready = (parts: HealthPart[], timeoutMs = 2_000) =>
  createTestApi(database.db, { readiness: { parts, isMigrated: async () => true, timeoutMs } }).call(
    'GET',
    '/healthz/ready',
  )

it('is ready when every part answers, and names each with its time', async () => {
  const { status, body } = await ready([part('database', true), part('redis', false)])
  expect(status).toBe(200)
  expect(body.data).toMatchObject({
    status: 'ready',
    parts: [
      { name: 'database', state: 'up', ms: expect.any(Number) },
      { name: 'redis', state: 'up' },
    ],
  })
})

it('is degraded without an optional part', async () => {
  const { status, body, text } = await ready([part('database', true), part('redis', false, away)])
  expect([status, body.data['status'], body.message]).toEqual([200, 'degraded', 'redis down'])
  expect(text).not.toContain('10.0.0.7')
})

it('is not ready without an essential part', async () => {
  const { status, body } = await ready([part('database', true, away), part('redis', false)])
  expect([status, body.error.code]).toEqual([503, 'NOT_READY'])
})

it('does not wait for a part that never answers', async () => {
  const { body } = await ready([part('storage', false, () => new Promise(() => undefined))], 1)
  expect(body.data).toMatchObject({ status: 'degraded', parts: [{ state: 'down' }] })
})

it('has started once the database is migrated', async () => {
  const api = createTestApi(database.db)
  expect((await api.call('GET', '/healthz/startup')).status).toBe(200)
  await database.db.execute(sql`delete from hunter_migrations where name = ${REVISION}`)
  const behind = await api.call('GET', '/healthz/startup')
  expect([behind.status, behind.body.error.message]).toEqual([503, 'the database is not migrated'])
})

it('describes the service at the bare address', async () => {
  const { body } = await createTestApi(database.db).call('GET', '/')
  expect(body.data).toMatchObject({ name: 'Hunter', documentation: ['/docs', '/openapi.json'] })
})
