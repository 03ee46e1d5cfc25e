import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { backupCommand } from '#cli/backup'
import { runInProcess } from '../../support/run-in-process.ts'
import { serverUrl } from '../../support/postgres.ts'

const ASKED = `pg_catalog.current_setting('server_version_num')::int`

let dir: string
let proxy: Server
let version = 0
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-newer-'))
  vi.stubEnv('HUNTER_DATA_DIR', join(dir, 'no-stack'))
  proxy = createServer((client) => {
    const { hostname, port } = new URL(serverUrl())
    const server = connect(Number(port), hostname)
    client.on('error', () => server.destroy()).on('data', (bytes) => server.write(asking(bytes)))
    server.on('error', () => client.destroy()).pipe(client)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  proxy.close()
  await rm(dir, { recursive: true, force: true })
})

/** The same question with the same length, to which the real server answers with another version. */
function asking(bytes: Buffer): Buffer {
  const at = bytes.indexOf(ASKED)
  if (at !== -1) bytes.write(String(version).padEnd(ASKED.length), at, 'latin1')
  return bytes
}

test.each([
  [190_000, /^BACKUP_UNSUPPORTED: Postgres \S+.* is newer than pg_dump 18, which Hunter uses/],
  [120_022, /^BACKUP_UNSUPPORTED: Postgres \S+.* is older than 13/],
])('a server of version %i is refused with its version, and the run writes only its record', async (number, words) => {
  version = number
  const url = new URL(serverUrl())
  url.port = String((proxy.address() as AddressInfo).port)
  const dest = await mkdtemp(join(dir, 'dest-'))
  const run = await runInProcess(backupCommand, ['run', '--source', url.href, '--dest', dest])
  expect(run).toMatchObject({ status: 2, out: '', err: expect.stringMatching(words) })
  const written = await readdir(dest, { recursive: true, withFileTypes: true })
  expect(written.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(['run.json'])
})
