import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { selectTableMembers } from '#backups/format/manifest'
import { openSession } from '#backups/postgres/session'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { hasTool } from '../../support/debian-postgres.ts'
import { dump, runSql } from '../fixtures.ts'
import { newestPostgres } from '../../support/newest-postgres.ts'
import { isThorough } from '../../support/thorough.ts'

const hasOpenssl = hasTool('openssl', hasProgram('openssl', 'version'))

describe.skipIf(!hasOpenssl)('a server with TLS (openssl must be installed)', () => {
  let dir: string
  let server: PostgresServer
  let storage: TestStore
  const urlWith = (params: Record<string, string>) => `${server.url}?${new URLSearchParams(params).toString()}`

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hunter-tls-'))
    storage = await startTestStore(systemClock)
    server = await startPostgres({ ...(await newestPostgres()), dir, durable: false })
    makeCertificate(join(dir, 'server'), '127.0.0.1')
    makeCertificate(join(dir, 'other'), '127.0.0.1')
    makeCertificate(join(dir, 'elsewhere'), '192.0.2.1')
    await present('server')
    await runSql(server.url, `CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (2)`)
  })
  afterAll(async () => {
    await Promise.all([server.close(), storage.close()])
    await rm(dir, { recursive: true, force: true })
  })

  /** Makes the server present a certificate to new connections. */
  async function present(name: string): Promise<void> {
    const path = (kind: string) => join(dir, `${name}.${kind}`)
    const settings = `ssl_cert_file = '${path('crt')}';\nALTER SYSTEM SET ssl_key_file = '${path('key')}'`
    await chmod(path('key'), 0o600)
    execFileSync('chown', [`--reference=${join(dir, 'data')}`, path('key')])
    await runSql(server.url, `ALTER SYSTEM SET ssl = on;\nALTER SYSTEM SET ${settings};\nSELECT pg_reload_conf()`)
    const shown = { sslmode: 'verify-ca', sslrootcert: path('crt') }
    while (!(await isEncrypted(shown).catch(() => false)));
  }

  async function isEncrypted(params: Record<string, string>): Promise<boolean> {
    const session = await openSession(urlWith(params))
    try {
      const { rows } = await session.query<{ ssl: boolean }>(
        'SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()',
      )
      return rows[0]?.ssl === true
    } finally {
      await session.end()
    }
  }

  test('is dumped over it: definitions and rows', async () => {
    const manifest = await dump(storage.store, urlWith({ sslmode: 'require' }))
    expect(selectTableMembers(manifest)).toMatchObject([{ table: 't', rows: 2 }])
  })

  test('is trusted as the sslmode requires', async () => {
    expect(await isEncrypted({ sslmode: 'require' })).toBe(true)
    expect(await isEncrypted({ sslmode: 'prefer' })).toBe(true)
    expect(await isEncrypted({ sslmode: 'disable' })).toBe(false)
    const refused = { code: 'DATABASE_UNAVAILABLE', message: expect.stringMatching(/self.signed certificate/) }
    await expect(isEncrypted({ sslmode: 'verify-full' })).rejects.toMatchObject(refused)
    for (const sslmode of ['require', 'verify-ca', 'verify-full']) {
      expect(await isEncrypted({ sslmode, sslrootcert: join(dir, 'server.crt') })).toBe(true)
      await expect(isEncrypted({ sslmode, sslrootcert: join(dir, 'other.crt') })).rejects.toMatchObject(refused)
    }
  })

  test('is refused only by verify-full if its certificate names another host', async () => {
    await present('elsewhere')
    const sslrootcert = join(dir, 'elsewhere.crt')
    expect(await isEncrypted({ sslmode: 'verify-ca', sslrootcert })).toBe(true)
    await expect(isEncrypted({ sslmode: 'verify-full', sslrootcert })).rejects.toThrow(/IP: 127\.0\.0\.1 is not in/)
  })

  test.runIf(isThorough)('without TLS is refused by require and accepted by prefer', async () => {
    await runSql(server.url, 'ALTER SYSTEM SET ssl = off;\nSELECT pg_reload_conf()')
    while (await isEncrypted({ sslmode: 'prefer' }));
    await expect(isEncrypted({ sslmode: 'require' })).rejects.toThrow('does not support SSL')
    const manifest = await dump(storage.store, urlWith({ sslmode: 'prefer' }))
    expect(selectTableMembers(manifest)).toMatchObject([{ rows: 2 }])
  })
})

function makeCertificate(path: string, address: string): void {
  const about = ['-subj', '/CN=test', '-addext', `subjectAltName=IP:${address}`, '-days', '2']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...key, ...about, '-keyout', `${path}.key`, '-out', `${path}.crt`], {
    stdio: 'ignore',
  })
}

function hasProgram(name: string, ...args: string[]): boolean {
  try {
    execFileSync(name, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
