import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { dumpDdl } from '#backups/postgres/pg-dump'
import { openSession } from '#backups/postgres/session'
import { buildLimitOptions, SESSION_SETTINGS } from '#backups/postgres/session-settings'
import { buildMessage } from '#backups/postgres/wire-protocol'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { sampleOf } from '../../support/thorough.ts'
import { runSql } from '../fixtures.ts'

let database: TestDatabase
let role: string
let url: string
beforeAll(async () => {
  database = await createTestDatabase()
  role = `role_${randomBytes(4).toString('hex')}`
  await runSql(database.url, `CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD 'secret'`)
  url = Object.assign(new URL(database.url), { username: role, password: 'secret' }).href
})
afterAll(async () => {
  await database.drop()
  await runSql(serverUrl(), `DROP ROLE ${role}`)
})

async function withRoleSettings(settings: Record<string, string>, work: () => Promise<void>): Promise<void> {
  const statements = Object.entries(settings).map(([name, value]) => `ALTER ROLE ${role} SET ${name} = ${value}`)
  await runSql(database.url, statements.join(';\n'))
  try {
    await work()
  } finally {
    await runSql(database.url, `ALTER ROLE ${role} RESET ALL`)
  }
}

describe('settings of the role', () => {
  /** Each value differs from ours; a single one where no other value is harmful. */
  const OTHERS = {
    statement_timeout: '9000000',
    idle_in_transaction_session_timeout: '9000000',
    idle_session_timeout: '9000000',
    transaction_timeout: '9000000',
    lock_timeout: '1',
    tcp_user_timeout: '9000000',
    tcp_keepalives_idle: '9',
    tcp_keepalives_interval: '9',
    tcp_keepalives_count: '9',
    DateStyle: "'German, DMY'",
    IntervalStyle: 'iso_8601',
    TimeZone: "'Europe/Istanbul'",
    extra_float_digits: '0',
    bytea_output: 'escape',
    lc_monetary: "'C.utf8'",
    xmloption: 'document',
    standard_conforming_strings: 'off',
    backslash_quote: 'off',
    transform_null_equals: 'on',
    array_nulls: 'off',
    quote_all_identifiers: 'on',
    search_path: 'public, pg_catalog',
    client_min_messages: 'error',
    row_security: 'on',
    synchronize_seqscans: 'on',
    enable_tidscan: 'off',
    gin_fuzzy_search_limit: '5',
    zero_damaged_pages: 'on',
    ignore_checksum_failure: 'on',
    default_transaction_read_only: 'on',
    default_transaction_isolation: 'serializable',
    default_transaction_deferrable: 'on',
    default_tablespace: 'pg_global',
    default_table_access_method: 'heap',
    check_function_bodies: 'on',
    restrict_nonsystem_relation_kind: 'view',
    exit_on_error: 'off',
  } satisfies Record<keyof typeof SESSION_SETTINGS, string>

  test('do not affect our sessions, each of them', async () => {
    await withRoleSettings(OTHERS, async () => {
      const session = await openSession(url)
      const { rows } = await session.query<{ name: keyof typeof SESSION_SETTINGS; setting: string }>(
        `SELECT name, setting FROM pg_catalog.pg_settings WHERE lower(name) = ANY ($1)`,
        [Object.keys(SESSION_SETTINGS).map((name) => name.toLowerCase())],
      )
      await session.end()
      const found = Object.fromEntries(rows.map(({ name, setting }) => [name, setting.replace(/^ISO, .*/, 'ISO')]))
      expect(found).toEqual(SESSION_SETTINGS)
    })
  })

  test.each(
    sampleOf([
      'statement_timeout',
      'idle_session_timeout',
      'transaction_timeout',
      'idle_in_transaction_session_timeout',
    ]),
  )('%s of one millisecond ends neither our sessions nor those of pg_dump', async (limit) => {
    await runSql(database.url, 'CREATE TABLE IF NOT EXISTS notes (note text)')
    await withRoleSettings({ [limit]: '1' }, async () => {
      const session = await openSession(url)
      await session.query('BEGIN')
      await session.query('SELECT pg_catalog.pg_sleep(0.02)')
      await session.query('COMMIT')
      await session.end()
      expect((await dumpDdl(url)).preData).toContain('CREATE TABLE public.notes')
    })
  })

  test('are sent only to servers that know them, because an older one would refuse the connection', () => {
    expect(buildLimitOptions(13)).not.toMatch(/idle_session_timeout|transaction_timeout/)
    expect(buildLimitOptions(16)).toMatch(/idle_session_timeout=0/)
    expect(buildLimitOptions(16)).not.toMatch(/ transaction_timeout/)
    expect(buildLimitOptions(17)).toMatch(/-c statement_timeout=0 .*-c transaction_timeout=0/)
  })
})

describe('a connection that is refused', () => {
  const changed = (changes: Partial<URL>, parameters = '') => Object.assign(new URL(url), changes).href + parameters

  test.each<[what: string, url: () => string, message: RegExp]>([
    ['a wrong password', () => changed({ password: 'wrong' }), /refuses the password of the user role_\w+: /],
    [
      'a missing password',
      () => changed({ password: '' }),
      /asks for a password for the user role_\w+, but none is set: /,
    ],
    ['no such role', () => changed({ username: 'nobody' }), /refuses the password of the user nobody: /],
    [
      'no such database',
      () => changed({ pathname: '/absent' }),
      /has no database absent: database "absent" does not exist/,
    ],
    ['no such host', () => changed({ hostname: 'db.invalid' }), /^no host has the name db\.invalid:\d+: /],
    ['no server', () => changed({ port: '1' }), /^no server listens at 127\.0\.0\.1:1: connect ECONNREFUSED/],
    ['no socket', () => changed({}, '?host=/nowhere'), /no server has a socket at \/nowhere\/\.s\.PGSQL\.\d+: /],
    ['no TLS', () => changed({}, '?sslmode=require'), /does not support SSL connections \(with \?sslmode=prefer/],
  ])('for %s names the cause', async (_what, url, message) => {
    vi.stubEnv('PGPASSFILE', '/nowhere')
    await expect(openSession(url())).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringMatching(message),
    })
    vi.unstubAllEnvs()
  })

  test('for a role that may not log in, or whose limit is reached, names the cause', async () => {
    await runSql(database.url, `ALTER ROLE ${role} NOLOGIN`)
    await expect(openSession(url)).rejects.toThrow(
      `rejects the user ${role}: role "${role}" is not permitted to log in`,
    )
    await runSql(database.url, `ALTER ROLE ${role} LOGIN NOSUPERUSER CONNECTION LIMIT 0`)
    await expect(openSession(url)).rejects.toThrow(`has no free connection: too many connections for role "${role}"`)
    await runSql(database.url, `ALTER ROLE ${role} SUPERUSER CONNECTION LIMIT -1`)
  })

  test('for lack of a password closes the socket, and does not keep the process alive', async () => {
    vi.stubEnv('PGPASSFILE', '/nowhere')
    const sockets = new Set<Socket>()
    const proxy = await startProxy(url, (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      return false
    })
    await expect(openSession(changed({ password: '', port: proxy.port }))).rejects.toThrow('but none is set')
    await expect.poll(() => sockets.size).toBe(0)
    proxy.close()
    vi.unstubAllEnvs()
  })

  test('while the server starts up is retried', async () => {
    let refusals = 0
    const proxy = await startProxy(url, (socket) => {
      if (refusals === 2) return false
      refusals += 1
      const fields = ['SFATAL', 'C57P03', 'Mthe database system is starting up', '']
      socket.once('data', () => socket.end(buildMessage('E', Buffer.from(`${fields.join('\0')}\0`))))
      return true
    })
    const session = await openSession(changed({ port: proxy.port }))
    expect(refusals).toBe(2)
    await session.end()
    proxy.close()
  })
})

/** A proxy in front of the server; `answers` may answer a connection itself. */
async function startProxy(serverUrl: string, answers: (socket: Socket) => boolean) {
  const { hostname, port } = new URL(serverUrl)
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    if (answers(socket)) return
    const upstream = connect(Number(port), hostname)
    upstream.on('error', () => undefined)
    upstream.on('close', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    socket.pipe(upstream).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: String((server.address() as AddressInfo).port), close: () => server.close() }
}
