/** What a person does wrong, or this machine refuses, in a process of its own: it is named, and is no fault of Hunter. */
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordRunningStack } from '#local/data-dir'
import { runHunter } from '../support/run-hunter.ts'
import { sampleOf } from '../support/thorough.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-input-'))
  await writeFile(join(dir, 'file'), '[{"keyid": 5}')
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Port 9 (discard) is closed on every machine that we know. */
const DEAD = 'http://127.0.0.1:9'

const hunter = async (line: string, env: Record<string, string> = {}) => {
  const argv = line.split(' ').map((word) => word.replace('DIR', dir))
  const given = { HUNTER_DATA_DIR: join(dir, 'data'), HUNTER_DATABASE_URL: 'postgres://u:p@127.0.0.1:9/x', ...env }
  const { status, err } = await runHunter(given, ...argv)
  return `${status} ${err.replaceAll(dir, 'DIR').trimEnd()}`
}

const CHECK_PATH = 'Check the path that the message names and its permissions.'
const NAME = 'Use lower-case letters, digits and underscores, such as add_company_name.'

const wrong = [
  ['leads import DIR', `2 FILE_UNUSABLE: DIR cannot be used: it is a folder\n${CHECK_PATH}`],
  [
    'dev --port 99999',
    '2 USAGE: --port must be a whole number from 0 to 65535\nRun "hunter dev --help" to see its arguments and options.',
  ],
  [
    'db generate company_name',
    '6 DATABASE_UNAVAILABLE: the database does not answer\nCause: connect ECONNREFUSED 127.0.0.1:9\n' +
      'Check that the database is running, and the host, user and database in its URL; put the password in PGPASSWORD or ~/.pgpass.',
  ],
  ['keys import DIR/none', `2 FILE_UNUSABLE: DIR/none cannot be used: there is no such file or folder\n${CHECK_PATH}`],
  ['scan --file DIR/file/x', `2 FILE_UNUSABLE: DIR/file/x cannot be used: it is not a folder\n${CHECK_PATH}`],
  ['dev --data-dir DIR/file', `2 FILE_UNUSABLE: DIR/file cannot be used: it already exists\n${CHECK_PATH}`],
  ['db generate company-name', `2 MIGRATION_NAME_INVALID: "company-name" cannot be the name of a migration\n${NAME}`],
] satisfies [string, string][]
it.each(sampleOf(wrong, 3))('hunter %s', async (line, expected) => {
  expect(await hunter(line)).toBe(expected)
})

it('names a broken file of keys, and why it cannot be read', async () => {
  expect(await hunter('keys import DIR/file')).toMatch(/^2 FILE_UNUSABLE: DIR\/file is not JSON\nCause: .*JSON/)
})

it('reaches the stack on this machine even if every proxy is down', async () => {
  const stack = createServer((_, answer) => answer.end('{}')).listen(0, '127.0.0.1')
  await once(stack, 'listening')
  const { port } = stack.address() as AddressInfo
  const dataDir = join(dir, 'running')
  await mkdir(dataDir)
  await recordRunningStack(dataDir, { pid: process.pid, url: `http://127.0.0.1:${port}`, env: {} })
  const proxied = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: DEAD, HTTPS_PROXY: DEAD, no_proxy: 'example.com' }
  const said = await hunter('leads list', { HUNTER_DATA_DIR: dataDir, ...proxied })
  expect(said).toMatch(/^6 DATABASE_UNAVAILABLE/) // and not STACK_NOT_RUNNING
  expect(await hunter('dev', { HUNTER_DATA_DIR: dataDir, ...proxied })).toMatch(/^6 PART_FAILED: Hunter already runs/)
  stack.close()
})
