import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openSession } from '#backups/postgres/session'
import { readServerName } from '#cli/backup/server-name'
import { readPostgresUrl } from '#cli/backup/restore-url'
import { startPostgres } from '#emulators/postgres/postgres'
import { newestPostgres } from '../support/newest-postgres.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-names-'))
  await writeFile(
    join(dir, 'services'),
    '# ours\n[other]\nhost=no\n\n[shop]\nhost = db.example.com\nport=6000\n#user=no\nuser=clerk\ndbname=shop\npassword=s=1\n[last]\nhost=end\n',
  )
  await mkdir(join(dir, 'etc'))
  await writeFile(join(dir, 'etc/pg_service.conf'), '[system]\nhost=sys\ndbname=d')
  await writeFile(join(dir, 'passwords'), '*:*:*:me:found\n', { mode: 0o600 })
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const env = () => ({ PGSERVICEFILE: join(dir, 'services'), PGSYSCONFDIR: join(dir, 'etc') })

describe('a server is named by', () => {
  test.each<[text: string, url: string | (() => string), more?: Record<string, string>]>([
    ['postgres://me:pw@db.example.com:5433/shop', 'postgres://me:pw@db.example.com:5433/shop'],
    ['postgresql://me@db.example.com/shop', 'postgres://me@db.example.com:5432/shop'],
    ['postgres://me@/shop?host=/run/pg', 'postgres://me@localhost:5432/shop?host=%2Frun%2Fpg'],
    ['postgres://me@%2Frun%2Fpg/shop', 'postgres://me@localhost:5432/shop?host=%2Frun%2Fpg'],
    ['postgres://me@/shop?host=/run/pg&port=7000', 'postgres://me@localhost:7000/shop?host=%2Frun%2Fpg'],
    ['postgres://db.example.com/shop?user=me&password=a%26b', 'postgres://me:a%26b@db.example.com:5432/shop'],
    ['postgres://me:p@ss%2F@h/shop', 'postgres://me:p%40ss%2F@h:5432/shop'],
    ['postgres://me@[::1]:5433/shop?sslmode=require', 'postgres://me@[::1]:5433/shop?sslmode=require'],
    ['postgres://me@h/my%20shop', 'postgres://me@h:5432/my%20shop'],
    ['postgres://me@h', 'postgres://me@h:5432/me'],
    [
      'host=h',
      () => `postgres://${encodeURIComponent(userInfo().username)}@h:5432/${encodeURIComponent(userInfo().username)}`,
    ],
    [`host=h user=me dbname='my \\'shop\\'' password = x`, `postgres://me:x@h:5432/my%20'shop'`],
    ['hostaddr=10.0.0.1 host=h user=me', 'postgres://me@10.0.0.1:5432/me'],
    ['service=shop', 'postgres://clerk:s%3D1@db.example.com:6000/shop'],
    ['postgres:///?service=shop&user=me', 'postgres://me:s%3D1@db.example.com:6000/shop'],
    ['postgres://', 'postgres://clerk:s%3D1@db.example.com:6000/shop', { PGSERVICE: 'shop', PGHOST: 'no' }],
    ['service=system user=me', 'postgres://me@sys:5432/d'],
    [
      'postgres:///shop',
      'postgres://me:pw@h:7000/shop?sslmode=require',
      { PGHOST: 'h', PGPORT: '7000', PGUSER: 'me', PGPASSWORD: 'pw', PGSSLMODE: 'require' },
    ],
    ['postgres://me@h/d', 'postgres://me:found@h:5432/d', { PGPASSFILE: 'passwords' }],
  ])('%s', async (text, url, more = {}) => {
    const file = more['PGPASSFILE'] ? { PGPASSFILE: join(dir, more['PGPASSFILE']) } : {}
    const read = await readServerName(text, '--source', { ...env(), ...more, ...file })
    expect(read.url).toBe(typeof url === 'string' ? url : url())
  })

  test.each([
    ['mysql://me:secret@h/d', /^--source must be a URL such as postgres:/],
    ['shop', /^--source must be a URL such as postgres:/],
    ['', /^--source must be a URL such as postgres:/],
    ['host=h secret', /^--source must be a URL such as postgres:/],
    ['postgres://me:sec/ret@h/d', /^--source cannot be read: in a user or password, write \/ as %2F/],
    ['postgres://me:sec%ret@h/d', /^--source has a % that starts no escape/],
    ['postgres://a,b/d', /^--source names several servers \(a,b\)/],
    ['host=a^b', /^--source names no server: a\^b:5432$/],
    ['service=absent', /^no service absent in \S+services or \S+pg_service\.conf$/],
  ])('%s not', async (text, message) => {
    const read = readServerName(text, '--source', env())
    await expect(read).rejects.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) })
    await expect(read).rejects.toMatchObject({ message: expect.not.stringMatching(/sec|ret@/) })
  })

  test('a service file that cannot be read not', async () => {
    const read = readServerName('service=shop', '--source', { PGSERVICEFILE: dir })
    await expect(read).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`the service file ${dir} cannot be read: EISDIR`),
    })
  })

  test('a password file that has no line for it leaves the password to be asked for', async () => {
    const { url } = await readServerName('postgres://you@h/d', '--source', { PGPASSFILE: join(dir, 'passwords') })
    expect(url).toBe('postgres://you@h:5432/d')
  })
})

test('what a restore writes to must name its database: the environment and the user name do not', async () => {
  vi.stubEnv('PGDATABASE', 'shop')
  expect(await readPostgresUrl('postgres://me@h/d', '--live')).toBe('postgres://me@h:5432/d')
  await expect(readPostgresUrl('postgres://me@h', '--live')).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^--live must be a URL/),
  })
  vi.unstubAllEnvs()
})

test('a server is reached over its socket, with the password of the file, and Node warns of nothing', async () => {
  const server = await startPostgres({
    ...(await newestPostgres()),
    dir: join(dir, 'server'),
    durable: false,
    settings: [`unix_socket_directories=${tmpdir()}`],
  })
  const { username, password, port } = new URL(server.url)
  const file = join(dir, 'server-passwords')
  await writeFile(
    file,
    `localhost:${port}:*:${username}:${password}\n${tmpdir()}:${port}:*:${username}:${password}\n`,
    { mode: 0o600 },
  )
  vi.stubEnv('PGPASSFILE', file)
  const warned = vi.spyOn(process, 'emitWarning')
  const { url } = await readServerName(`postgres://${username}@/postgres?host=${tmpdir()}&port=${port}`, '--source', {})
  const session = await openSession(url)
  expect((await session.query('SELECT inet_server_addr() AS at')).rows).toEqual([{ at: null }])
  await session.end()
  expect(warned).not.toHaveBeenCalled()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await server.close()
})
