/** Tests the errors of `hunter backup` outside a stack for wrong arguments and missing parts. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { BUCKET, type TestStore } from '../../support/backup-store.ts'
import type { TestDatabase } from '../../support/postgres.ts'
import { type AloneRoom, hunterBackup as hunter, openAloneRoom } from '../../support/hunter-backup.ts'

const SECRET = 'hunter2-is-the-secret'

let room: AloneRoom
let bucket: TestStore
let database: TestDatabase
let dest: string
beforeAll(async () => {
  room = await openAloneRoom()
  ;({ bucket, database } = room)
})
beforeEach(async () => {
  dest = await room.newDest()
})
afterAll(() => room.close())

describe('a failed run says what is wrong, shows no password, and leaves no backup', () => {
  const bad: [string, () => string[], number, string, 'on record'?][] = [
    ['an unknown scheme', () => ['--source', `mysql://me:${SECRET}@host/db`, '--dest', dest], 2, 'USAGE'],
    ['no scheme', () => ['--source', 'shop', '--dest', dest], 2, 'USAGE'],
    ['no database file', () => ['--source', 'sqlite:', '--dest', dest], 2, 'USAGE'],
    ['a source without a destination', () => ['--source', database.url], 2, 'USAGE'],
    ['two contradicting options', () => ['--dest', dest, '--config-only', '--database-only'], 2, 'USAGE'],
    ['a name that is none', () => ['--source', database.url, '--dest', dest, '--name', '../up'], 2, 'USAGE'],
    ['a destination of another scheme', () => ['--source', database.url, '--dest', 'ftp://x/y'], 2, 'USAGE'],
    ['a bucket without a name', () => ['--source', database.url, '--dest', 's3://'], 2, 'USAGE'],
    ['a bucket that is not there', () => ['--source', database.url, '--dest', 's3://nobody'], 6, 'STORAGE_UNAVAILABLE'],
    [
      'a wrong password',
      () => ['--source', withPassword(SECRET), '--dest', dest],
      6,
      'DATABASE_UNAVAILABLE',
      'on record',
    ],
    [
      'a database that is not there',
      () => ['--source', withPath('/nobody'), '--dest', dest],
      6,
      'DATABASE_UNAVAILABLE',
      'on record',
    ],
    [
      'a host that is not there',
      () => ['--source', `postgres://me:${SECRET}@127.0.0.1:1/x`, '--dest', dest],
      6,
      'DATABASE_UNAVAILABLE',
      'on record',
    ],
    ['an option that is none', () => [`--sorce=postgres://me:${SECRET}@host/db`, '--dest', dest], 2, 'USAGE'],
  ]
  test.each(bad)('%s', async (_what, args, status, code, isOnRecord) => {
    const run = await hunter('run', ...args())
    expect(run).toMatchObject({ status, out: '' })
    expect(run.err).toContain(code)
    expect(run.err).not.toContain(SECRET)
    expect(run.err).not.toContain('    at ')
    const failed = { readable: false, state: 'failed', run: { state: 'failed', code, hasBackup: false } }
    const listed = await hunter('list', '--from', dest, '--json')
    expect(JSON.parse(listed.out)).toMatchObject(isOnRecord ? [failed] : [])
    expect(listed.out).not.toContain(SECRET)
  })

  test('a destination that cannot be written', async () => {
    const file = join(dest, 'file')
    await writeFile(file, '')
    const run = await hunter('run', '--source', database.url, '--dest', join(file, 'below'))
    expect(run).toMatchObject({ status: 6, out: '', err: expect.stringContaining('STORAGE_UNAVAILABLE') })
  })

  test('a bucket that does not answer', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1')
    for (const args of [
      ['run', '--source', database.url, '--dest', `s3://${BUCKET}`],
      ['list', '--from', `s3://${BUCKET}`],
    ]) {
      const refused = await hunter(...args)
      expect(refused).toMatchObject({ status: 6, out: '', err: expect.stringContaining('STORAGE_UNAVAILABLE') })
    }
    vi.stubEnv('AWS_ENDPOINT_URL_S3', bucket.url)
  })

  test('a missing folder, and an id that it lacks', async () => {
    expect(await hunter('list', '--from', join(dest, 'none'))).toMatchObject({ status: 6 })
    const file = join(dest, 'file')
    await writeFile(file, '')
    const isFile = { status: 6, err: expect.stringContaining(`${file} is a file, not a folder`) }
    expect(await hunter('list', '--from', file)).toMatchObject(isFile)
    expect(await hunter('run', '--source', database.url, '--dest', file)).toMatchObject(isFile)
    expect((await hunter('list', '--from', dest, '--name', 'shpo')).out).toBe('No backups under the name "shpo".\n')
    const unnamed = { status: 4, err: expect.stringContaining('there is no backup of shpo') }
    expect(await hunter('show', 'latest', '--from', dest, '--name', 'shpo')).toMatchObject(unnamed)
    expect(await hunter('show', '20200101T000000Z-000000', '--from', dest)).toMatchObject({ status: 4 })
    expect(await hunter('restore', '20200101T000000Z-000000', '--from', dest)).toMatchObject({ status: 4 })
  })
})

test.each([
  [['--dest', 'x', '--scratch', 'mysql://host/db'], '--scratch must be a URL'],
  [['--dest', 'x', '--scratch', 'postgres://host/db', '--no-verify'], '--scratch cannot be combined with --no-verify'],
  [['--scratch', 'postgres://host/db'], '--source needs --dest'],
])('run %j is refused', async (args, message) => {
  expect(await hunter('run', '--source', 'sqlite:none.db', ...args)).toMatchObject({
    status: 2,
    out: '',
    err: expect.stringContaining(message),
  })
})

test('--help names the sources, the destinations and examples', async () => {
  const { out, status } = await hunter('run', '--help')
  expect(status).toBe(0)
  for (const text of [
    '--source',
    'sqlite:PATH',
    '--dest',
    's3://',
    '--no-compress',
    '--no-verify',
    'npx hunter backup run --source',
  ]) {
    expect(out).toContain(text)
  }
})

function withPassword(password: string): string {
  const url = new URL(database.url)
  url.password = password
  return url.href
}

function withPath(path: string): string {
  const url = new URL(database.url)
  url.pathname = path
  return url.href
}
