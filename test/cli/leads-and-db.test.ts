import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDatabase, createDatabase } from '#db/client'
import { REVISION } from '#db/revision'
import { rawLeads } from '#db/tables'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { runHunter } from '../support/run-hunter.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'

let database: TestDatabase
let dir: string
let hunter: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  database = await createTestDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-cli-'))
  hunter = hunterInProcess({ HUNTER_DATABASE_URL: database.url, HUNTER_DATA_DIR: dir })
})
afterAll(async () => {
  await database.drop()
  await rm(dir, { recursive: true, force: true })
})

it('migrates, reports it once, imports a file, lists leads, and rolls back only with --yes', async () => {
  const before = await hunter('db', 'status')
  expect(before).toMatchObject({ status: 0, out: expect.stringMatching(/0001_initial +pending/) })
  expect(await hunter('db', 'migrate')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^(?:Applied \d{4}_\w+\n)+$/),
  })
  expect(await hunter('db', 'migrate')).toMatchObject({ status: 0, out: 'Nothing to do.\n' })

  const file = join(dir, 'companies.csv')
  await writeFile(file, 'company,website\nBir,https://bir.com.tr\nİki,not a domain\nÜç,bir.com.tr\n')
  const imported = await hunter('leads', 'import', file)
  expect(imported.out).toContain('Imported 2 of 3 rows, 1 company.')
  expect(imported.out).toMatch(/3 +not a domain +not a domain: .+/)

  expect((await hunter('leads', 'list')).out).toContain('No leads yet')
  expect((await hunter('leads', 'list', '--moved-since', '2026-11-01T00:00:00Z')).out).toBe('No lead matches.\n')
  const db = createDatabase({ url: database.url, maxConnections: 1, statementTimeoutMs: 5_000 })
  await keepLead(db, sampleLead({ domain: 'bir.com.tr', score: 75 }))
  await db.update(rawLeads).set({ names: null }) // as an older release stored them
  await closeDatabase(db)
  expect((await hunter('db', 'migrate')).out).toBe('Erasures find 1 older refused row by index now.\nNothing to do.\n')
  const listed = await hunter('leads', 'list', '--segment', 'Migration', '--json')
  expect(JSON.parse(listed.out)).toMatchObject({ leads: [{ domain: 'bir.com.tr', score: 75 }], next_cursor: null })

  expect(await hunter('db', 'rollback')).toMatchObject({ status: 2, err: expect.stringContaining('add --yes') })
  expect(await hunter('db', 'rollback', '--yes', '--no-backup')).toMatchObject({
    status: 0,
    out: `Rolled back ${REVISION}\n`,
  })
})

it('says what a dry run recognised and refuses, stores nothing, and names the command that imports', async () => {
  const file = join(dir, 'üye listesi.csv')
  const bytes = 'Liste\nAd;\u00ddnternet Adresi;Kurumsal E-Posta\nA;bir.com.tr;\nB;;x@gmail.com\n'
  await writeFile(file, bytes, 'latin1') // İ in windows-1254
  const env = { HUNTER_DATABASE_URL: 'postgres://127.0.0.1:1/none' }
  const { status, out } = await runHunter(env, 'leads', 'import', file, '--dry-run', '--column', '2')
  expect(status).toBe(0)
  expect(out.split('\n')).toEqual([
    'Recognised CSV in windows-1254, cells separated by ";", header in line 2',
    'Columns: domain "İnternet Adresi", e-mail "Kurumsal E-Posta", company "Ad"',
    'Dry run: would import 1 of 2 rows, 1 company.',
    '',
    'line  value        reason',
    '   4  x@gmail.com  not a company: gmail.com is a mail provider',
    '',
    `Next: npx hunter leads import '${file}' --column 2`,
    '',
  ])
})

it.each([
  [['leads', 'list', '--limit', '0'], 2, 'USAGE: --limit must be a whole number from 1 to 200'],
  [
    ['leads', 'import', '/nowhere.csv'],
    2,
    'FILE_UNUSABLE: /nowhere.csv cannot be used: there is no such file or folder',
  ],
  [
    ['leads', 'import', 'x', '--delimiter', ';;'],
    2,
    'USAGE: --delimiter must be one character that is no letter, digit or quote, or the word tab',
  ],
  [['leads', 'import', '/'], 2, 'FILE_UNUSABLE: / cannot be used: it is a folder'],
  ...[
    ['leads', 'list', '--score-min', '80', '--score-max', '60'],
    ['leads', 'export', '/dev/null', '--score-min', '80', '--score-max', '60'],
  ].map((argv): [string[], number, string] => [
    argv,
    2,
    'USAGE: --score-min must not be greater than the upper limit; --score-max must not be less than the lower limit',
  ]),
  [
    ['audit', 'list', '--since', '2026-11-30T00:00:00Z', '--until', '2026-11-30T00:00:00+03:00'],
    2,
    'USAGE: --since must not be later than the upper limit; --until must not be earlier than the lower limit',
  ],
  [
    ['leads', 'import', 'x', '--encoding', 'ebcdic'],
    2,
    'USAGE: --encoding must be utf-8, utf-16le, utf-16be, windows-1254 or another label of one, such as utf8, latin5, cp1254 or iso-8859-9',
  ],
  [['scan', '10.0.0.1'], 2, 'DOMAIN_INVALID: not a domain: 1 of 1 input; see above'],
])('answers %j with status %i and no stack trace', async (argv, status, message) => {
  const { status: actual, err } = await hunter(...argv)
  expect([actual, err.split('\n')[0]]).toEqual([status, message])
  expect(err).not.toMatch(/\n\s+at /)
})

it('reports that the database does not answer, without the password', async () => {
  const env = { HUNTER_DATABASE_URL: 'postgres://u:hush-hush@127.0.0.1:1/x', HUNTER_DATA_DIR: dir }
  for (const argv of [
    ['db', 'migrate'],
    ['leads', 'list'],
  ]) {
    const { status, out, err } = await runHunter(env, ...argv)
    expect([status, err.split('\n')[0]]).toEqual([6, 'DATABASE_UNAVAILABLE: the database does not answer'])
    expect(out + err).not.toContain('hush')
  }
})
