import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from 'bcryptjs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createKeyVerifier } from '#keys/verify-key'
import { keysCommand } from '#cli/keys'
import { systemClock } from '#platform/clock'
import { stubEnvironment } from '../support/environment.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { runInProcess } from '../support/run-in-process.ts'

let database: HunterDatabase
let dir: string
beforeAll(async () => {
  database = await createHunterDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-keys-'))
  stubEnvironment({
    HUNTER_DATABASE_URL: database.url,
    HUNTER_DATA_DIR: dir,
    SST_RESOURCE_KeyPepper: JSON.stringify({ value: 'pepper' }),
  })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await database.close()
  await rm(dir, { recursive: true, force: true })
})

const keys = (...args: string[]) => runInProcess(keysCommand, args)
const json = async (...args: string[]) => JSON.parse((await keys(...args, '--json')).out) as Record<string, string>
const verify = (key = '') =>
  createKeyVerifier({ db: database.db, clock: systemClock, pepper: 'pepper', env: 'local' }).verify(key)

it('creates, lists, rotates and revokes a key that the API accepts', async () => {
  const made = await keys(
    'create',
    'Sales',
    '--scopes',
    'read, write',
    '--limit',
    '7',
    '--expires',
    '2999-01-01T00:00:00Z',
  )
  expect(made).toMatchObject({ status: 0, out: expect.stringContaining('shown only once') })
  const [key = ''] = made.out.split('\n')
  const { keyid, scopes, limitPerMinute } = await verify(key)
  expect([scopes, limitPerMinute]).toEqual([['read', 'write'], 7])
  const listed = await keys('list')
  expect(listed.out).toMatch(
    new RegExp(`${keyid} +Sales +read,write +7/min +\\S+ \\S+ UTC +2999-01-01 00:00 UTC +active`),
  )
  expect(listed.out).not.toContain(key.split('_')[3])
  const rotated = await json('rotate', keyid, '--grace', '1')
  expect(await verify(key)).toMatchObject({ keyid })
  expect(await verify(rotated['key'])).toMatchObject({ keyid })
  expect(await keys('revoke', keyid)).toMatchObject({ status: 0, out: `Revoked ${keyid} (Sales)\n` })
  await expect(verify(rotated['key'])).rejects.toMatchObject({ code: 'KEY_INVALID' })
  expect((await keys('list')).out).toContain('revoked')
})

it('keeps the last administrator key unless forced', async () => {
  const { keyid = '' } = await json('create', 'Root', '--scopes', 'admin')
  const refused = await keys('revoke', keyid, '--json')
  expect(refused.status).toBe(5)
  expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'KEY_LAST_ADMIN' } })
  expect(await keys('revoke', keyid, '--force')).toMatchObject({ status: 0 })
})

it('imports keys as hashes, and the keys work', async () => {
  const { key = '', keyid = '' } = await json('create', 'Old')
  await database.db.$client.query('delete from api_keys where keyid = $1', [keyid])
  const file = join(dir, 'keys.json')
  const entry = { keyid, name: 'Old', scopes: ['read'], bcrypt_hash: await hash(key, 4) }
  await writeFile(file, JSON.stringify([entry]))
  expect(await keys('import', file)).toMatchObject({ status: 0, out: 'Imported 1 key\n' })
  expect(await verify(key)).toMatchObject({ keyid })
  expect(await keys('import', file)).toMatchObject({ status: 5, err: expect.stringContaining(keyid) })
  await writeFile(file, JSON.stringify([{ ...entry, bcrypt_hash: 'secret' }]))
  const refused = await keys('import', file)
  expect(refused).toMatchObject({ status: 2, err: expect.stringContaining('0.bcrypt_hash must be a bcrypt hash') })
})

it.each([
  [['create', 'a', '--scopes', 'root'], '--scopes must be one of read, write, admin'],
  [['create', 'a', '--limit', 'many'], '--limit must be a whole number'],
  [['create', 'a', '--expires', 'soon'], '--expires must be a time'],
  [['rotate', 'a', '--grace', 'x'], '--grace must be a number of hours'],
  [['import', '/nothing/here.json'], 'there is no such file'],
])('says what is wrong with %j', async (args, problem) => {
  expect(await keys(...args)).toMatchObject({ status: 2, err: expect.stringContaining(problem) })
})

it.each(['create', 'list', 'rotate', 'revoke', 'import'])('shows examples of %s', async (name) => {
  expect((await keys(name, '--help')).out).toContain(`npx hunter keys ${name}`)
})
