import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPassword, findPasswordInText } from '#platform/password-file'

const LOGIN = { host: 'db.example.com', port: 5432, database: 'shop', user: 'me' }

describe('a line of the password file', () => {
  it.each([
    ['in full', 'db.example.com:5432:shop:me:secret'],
    ['with wildcards', '*:*:*:*:secret'],
    [
      'after others that do not fit',
      'other:5432:shop:me:no\n#db.example.com:5432:shop:me:no\ndb.example.com:5433:*:*:no\n*:*:*:me:secret',
    ],
    ['before another that fits', '*:*:shop:me:secret\n*:*:*:*:no'],
    ['with Windows line ends', '*:*:*:*:secret\r\n'],
  ])('fits %s', (_how, text) => {
    expect(findPasswordInText(text, LOGIN)).toBe('secret')
  })

  it.each([
    ['a colon and a backslash that are escaped', String.raw`*:*:*:*:a\:b\\c`, String.raw`a:b\c`],
    ['a colon that is not', '*:*:*:*:a:b', 'a:b'],
    ['nothing', '*:*:*:*:', ''],
  ])('has a password with %s', (_what, text, password) => {
    expect(findPasswordInText(text, LOGIN)).toBe(password)
  })

  it('names a host with colons, and a default socket as localhost', () => {
    expect(findPasswordInText(String.raw`\:\:1:*:*:*:secret`, { ...LOGIN, host: '::1' })).toBe('secret')
    expect(findPasswordInText('localhost:*:*:*:secret', { ...LOGIN, host: '/var/run/postgresql' })).toBe('secret')
    expect(findPasswordInText('localhost:*:*:*:secret', { ...LOGIN, host: '/srv/socket' })).toBeUndefined()
  })

  it('with too few fields is none', () => {
    expect(findPasswordInText('*:*:*:secret', LOGIN)).toBeUndefined()
  })
})

describe('without a password', () => {
  let dir: string
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'hunter-pgpass-'))))
  afterEach(() => rm(dir, { recursive: true, force: true }))

  const write = async (text: string, mode = 0o600) => {
    await writeFile(join(dir, '.pgpass'), text, { mode })
    await chmod(join(dir, '.pgpass'), mode)
  }

  it('finds that of the password file, wherever it is', async () => {
    await write('*:*:*:me:secret')
    expect(await findPassword({ HOME: dir }, LOGIN)).toBe('secret')
    expect(await findPassword({ HOME: '/nowhere', PGPASSFILE: join(dir, '.pgpass') }, LOGIN)).toBe('secret')
  })

  it.each<[problem: string, prepare: () => Promise<unknown>]>([
    ['does not exist', async () => undefined],
    ['has no line for this server and user', () => write('other:*:*:*:secret')],
    ['is ignored because others may read it: run chmod 600 on it', () => write('*:*:*:*:secret', 0o644)],
    ['is not a file', () => mkdir(join(dir, '.pgpass'))],
    ['cannot be read: ENOTDIR', async () => void (await writeFile(join(dir, 'file'), ''), (dir = join(dir, 'file')))],
  ])('says that the file %s', async (problem, prepare) => {
    await prepare()
    await expect(findPassword({ HOME: dir }, LOGIN)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining(
        `db.example.com:5432 asks for a password for the user me, but none is set: the URL has none, PGPASSWORD is not set, and the password file ${join(dir, '.pgpass')} ${problem}`,
      ),
    })
  })
})
