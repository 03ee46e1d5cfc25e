import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { hunterInProcess } from '../support/run-in-process.ts'

let database: HunterDatabase
let dir: string
let hunter: ReturnType<typeof hunterInProcess>
let keyid: string
beforeAll(async () => {
  database = await createHunterDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-webhooks-'))
  hunter = hunterInProcess({
    HUNTER_DATABASE_URL: database.url,
    HUNTER_DATA_DIR: dir,
    SST_RESOURCE_KeyPepper: JSON.stringify({ value: 'pepper' }),
  })
  keyid = (await json('keys', 'create', 'form', '--scopes', 'write'))['keyid'] ?? ''
})
afterAll(async () => {
  await database.close()
  await rm(dir, { recursive: true, force: true })
})
beforeEach(() => database.db.execute(sql`truncate webhook_sources cascade`))

const webhooks = (...args: string[]) => hunter('webhooks', ...args)
const json = async (...args: string[]) => JSON.parse((await hunter(...args, '--json')).out) as Record<string, string>
const SECRET = /^whsec_[\w+/]{43}=\n/

it('creates a webhook, rotates its secret, ends the old one and revokes it, and shows each secret once', async () => {
  expect((await webhooks('list')).out).toContain('No webhooks yet')
  const made = await webhooks('create', 'Website form', '--key', keyid)
  expect(made).toMatchObject({ status: 0, out: expect.stringMatching(SECRET) })
  const id = /webhook is (\S+)\./.exec(made.out)?.[1] ?? ''
  const rotated = await webhooks('rotate', id)
  expect(rotated.out).toMatch(SECRET)
  expect(rotated.out).toMatch(/The old secret works until .* UTC/)
  const listed = await webhooks('list')
  expect(listed.out).toMatch(new RegExp(`${id} +Website form +${keyid} +- +\\S+ \\S+ UTC +active`))
  expect(await webhooks('revoke', id, '--old-secret')).toMatchObject({
    status: 0,
    out: `Ended the old secret of ${id} (Website form)\n`,
  })
  expect((await webhooks('list')).out).toMatch(/ - +active/)
  expect(await json('webhooks', 'rotate', id, '--grace', '0')).toMatchObject({ id, previousUntil: null })
  expect(await webhooks('revoke', id)).toMatchObject({ status: 0, out: `Revoked ${id} (Website form)\n` })
  expect(await webhooks('rotate', id)).toMatchObject({ status: 5, err: expect.stringContaining('WEBHOOK_REVOKED') })
  expect(listed.out + (await webhooks('list', '--json')).out).not.toContain('whsec_')
})

it('says what is wrong', async () => {
  const reader = (await json('keys', 'create', 'reader'))['keyid'] ?? ''
  const wrong: [string[], number, string][] = [
    [['create', 'x'], 2, '--key'],
    [['create', 'x', '--key', 'nobody'], 4, 'KEY_NOT_FOUND'],
    [['create', 'x', '--key', reader], 2, 'must be a key with the scope write'],
    [['create', ' ', '--key', keyid], 2, '--name must have 1 to 100 characters'],
    [['rotate', 'x'], 4, 'WEBHOOK_NOT_FOUND'],
    [['rotate', 'x', '--grace', 'soon'], 2, '--grace must be a number of hours'],
    [['revoke', 'x'], 4, 'WEBHOOK_NOT_FOUND'],
  ]
  for (const [args, status, problem] of wrong) {
    expect([args, await webhooks(...args)]).toMatchObject([args, { status, err: expect.stringContaining(problem) }])
  }
})

it.each(['create', 'list', 'rotate', 'revoke'])('shows examples of %s', async (name) => {
  expect((await webhooks(name, '--help')).out).toContain(`npx hunter webhooks ${name}`)
})
