import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '#backups/format/manifest'
import { restoreBackup } from '#backups/restore/replace-live'
import { findObstacles } from '#backups/restore/obstacles'
import { planRestore } from '#backups/restore/plan'
import { describeServerError, parseServerError } from '#backups/postgres/server-error'
import { openSession, withDatabase } from '#backups/postgres/session'
import { formatRestorePlan } from '#cli/backup/restore-report'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { dump, rowsOf, runSql, SOURCE, withClient } from '../fixtures.ts'
import { newestPostgres } from '../../support/newest-postgres.ts'

/** A server of this file's own: prepared transactions are off by default. */
let dir: string
let server: PostgresServer
let storage: TestStore
let manifest: Manifest
const live = () => withDatabase(server.url, 'live')
const input = () => ({ source: SOURCE, id: manifest.id, databaseUrl: live() })

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-obstacles-'))
  storage = await startTestStore(systemClock)
  server = await startPostgres({
    ...(await newestPostgres()),
    dir,
    durable: false,
    settings: ['max_prepared_transactions=2'],
  })
  await runSql(server.url, 'CREATE DATABASE live')
  await runSql(live(), 'CREATE TABLE notes (note text)')
  manifest = await dump(storage.store, live())
})
afterAll(async () => {
  await Promise.all([server.close(), storage.close()])
  await rm(dir, { recursive: true, force: true })
})

async function obstaclesFor(user: string): Promise<string[]> {
  const session = await openSession(Object.assign(new URL(server.url), { username: user, password: 'secret' }).href)
  try {
    return await findObstacles(session, 'live')
  } finally {
    await session.end()
  }
}

test('a prepared transaction shows in the plan, and stops a restore before it starts', async () => {
  await withClient(live(), (client) =>
    client.query(`BEGIN; INSERT INTO notes VALUES ('two'); PREPARE TRANSACTION 'two phases'`),
  )
  const obstacle = expect.stringMatching(
    /^the prepared transaction 'two phases' of hunter, since 2\S+Z: commit it or roll it back$/,
  )
  const plan = await planRestore(storage, input())
  expect(plan.obstacles).toEqual([obstacle])
  expect(formatRestorePlan(plan)).toMatch(/In the way:.* the prepared transaction 'two phases' of hunter/)
  const before = await rowsOf(server.url, 'SELECT datname FROM pg_database ORDER BY 1')
  await expect(restoreBackup({ ...storage, clock: systemClock }, input())).rejects.toMatchObject({
    code: 'RESTORE_TARGET_IN_USE',
    message: expect.stringMatching(/^live cannot be replaced: the prepared transaction 'two phases'/),
    details: { obstacles: [obstacle] },
  })
  expect(await rowsOf(server.url, 'SELECT datname FROM pg_database ORDER BY 1')).toEqual(before)
  await runSql(live(), `ROLLBACK PREPARED 'two phases'`)
  expect((await planRestore(storage, input())).obstacles).toEqual([])
})

describe('for a role without superuser', () => {
  beforeAll(() =>
    runSql(
      server.url,
      `CREATE ROLE owner LOGIN PASSWORD 'secret' CREATEDB;
       CREATE ROLE other LOGIN PASSWORD 'secret';
       CREATE ROLE boss LOGIN PASSWORD 'secret' SUPERUSER;
       ALTER DATABASE live OWNER TO owner`,
    ),
  )

  test('sessions of other roles are obstacles unless it may end them; its own are not', async () => {
    const urlOf = (user: string) => Object.assign(new URL(live()), { username: user, password: 'secret' }).href
    const held = await Promise.all(['owner', 'other', 'boss'].map((user) => openSession(urlOf(user))))
    expect((await obstaclesFor('owner')).sort()).toEqual([
      expect.stringMatching(/^process \d+ \(user (?:other|boss), hunter-backup\): owner may not end its session$/),
      expect.stringMatching(/^process \d+ \(user (?:other|boss), hunter-backup\): owner may not end its session$/),
    ])
    await runSql(server.url, 'GRANT pg_signal_backend TO owner')
    expect(await obstaclesFor('owner')).toEqual([expect.stringContaining('(user boss, ')])
    expect(await obstaclesFor('boss')).toEqual([])
    await Promise.all(held.map((session) => session.end()))
    await expect.poll(() => obstaclesFor('owner')).toEqual([])
  })

  test('a missing permission is an obstacle', async () => {
    expect((await obstaclesFor('other')).sort()).toEqual([
      'the database live belongs to owner: only its owner renames it',
      'the role other has no right to make databases: ALTER ROLE … CREATEDB gives it',
    ])
  })
})

test('an error includes the DETAIL of the server', () => {
  const fields = [
    'SERROR',
    'C55006',
    'Mdatabase "live" is being accessed by other users',
    'DThere is 1 other session.',
    '',
  ]
  const error = parseServerError(Buffer.from(`${fields.join('\0')}\0`))
  expect(describeServerError(error)).toBe(
    'database "live" is being accessed by other users (There is 1 other session.)',
  )
  expect(describeServerError(new Error('no server'))).toBe('no server')
  expect(describeServerError('a word')).toBe('a word')
})
