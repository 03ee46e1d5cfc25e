import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REVISION } from '#db/revision'
import { type BackupStack, startBackupStack } from '../support/backup-stack.ts'
import { rowsOf } from '../support/migration-folder.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { runHunter } from '../support/run-hunter.ts'

let stack: BackupStack
let run: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  stack = await startBackupStack()
  run = hunterInProcess(stack.env)
})
afterAll(() => stack.close())

const hunter = (...argv: string[]) => run('db', ...argv)
const sql = (text: string) => rowsOf(stack.database.url, text)

describe('hunter db', () => {
  it('migrates up to a name, continues, and shows who did it and when', async () => {
    expect((await hunter('history')).out).toBe('No migration has run on this database.\n')
    expect((await hunter('migrate', '--to', '0001_initial')).out).toBe('Applied 0001_initial\n')
    expect((await hunter('migrate')).status).toBe(0)
    const { out } = await hunter('history')
    expect(out).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d UTC +up +0001_initial +\d+ ms +cli \S+@\S+ +hunter +done/)
    expect(await hunter('migrate', '--to', 'nothing')).toMatchObject({ status: 4 })
  })

  it('seeds once, and refuses a database with companies unless told otherwise', async () => {
    expect(await hunter('seed', '--leads', '60')).toMatchObject({ status: 0, out: 'Added 60 of 60 leads.\n' })
    expect(await hunter('seed', '--leads', '70')).toMatchObject({
      status: 5,
      err: expect.stringContaining('60 companies'),
    })
    expect((await hunter('seed', '--leads', '70', '--in-use')).out).toBe('Added 10 of 70 leads.\n')
    const far = { ...stack.env, HUNTER_DATABASE_URL: 'postgres://u:p@db.example.com/x' }
    const refused = await runHunter(far, 'db', 'seed')
    expect(refused).toMatchObject({ status: 2, err: expect.stringContaining('--in-use') })
    expect(await hunter('seed', '--leads', 'many')).toMatchObject({ status: 2 })
  })

  it('is silent without drift; with drift it prints the difference and the SQL, and exits with 3', async () => {
    await sql('alter table companies add column note text; drop index scans_newest')
    const { status, out, err } = await hunter('drift')
    expect(status).toBe(3)
    expect(out).toContain('- index public.scans_newest is not in the database\n')
    expect(out).toContain('+ column public.companies.note is in the database and in no migration\n')
    expect(out).toContain('alter table public.companies drop column note;\n')
    expect(err).toContain('SCHEMA_DRIFTED: the database differs from what its migrations produce')
    const [json] = (await hunter('drift', '--json')).out.split('\n')
    const { repair } = JSON.parse(json ?? '') as { repair: string[] }
    for (const statement of repair) await sql(statement)
    expect(await hunter('drift')).toEqual({ status: 0, out: '', err: '' })
  })

  it('continues with a database that is ahead if that is safe, and says so', async () => {
    await sql(`insert into hunter_migrations (name, checksum) values ('0099_newer', 'abc')`)
    const ahead = 'the database is ahead of this checkout by 1 migration (0099_newer)'
    const status = await hunter('status')
    expect(status).toMatchObject({ status: 0, out: expect.stringContaining(`Ahead: ${ahead}.`) })
    expect(status.out).toMatch(/^0099_newer +.+ \(ahead\)$/m)
    expect(await hunter('migrate')).toEqual({ status: 0, out: `Nothing to do: ${ahead}.\n`, err: '' })
    expect(await hunter('drift')).toMatchObject({
      status: 0,
      out: expect.stringContaining(`Ahead: ${ahead}.`),
      err: '',
    })
    await sql('alter index scans_newest rename to scans_latest')
    const drift = await hunter('drift')
    expect(drift).toMatchObject({ status: 5, err: expect.stringContaining('DATABASE_AHEAD') })
    expect(drift.out).toBe('- index public.scans_newest is not in the database\n')
    await sql('alter index scans_latest rename to scans_newest')
    const refused = await hunter('rollback', '--yes')
    expect(refused).toMatchObject({ status: 5, err: expect.stringContaining(ahead) })
    await sql(`delete from hunter_migrations where name = '0099_newer'`)
  })

  it('backs up before a rollback, and keeps the data that the down file keeps', async () => {
    const { status, out } = await hunter('rollback', '--yes', '--json')
    const { rolledBack, backup } = JSON.parse(out) as { rolledBack: string[]; backup: string }
    expect({ status, rolledBack }).toEqual({ status: 0, rolledBack: [REVISION] })
    expect((await stack.proofRequests()).map((body) => JSON.parse(body))).toMatchObject([{ backupId: backup }])
    const listed = await run('backup', 'list', '--json')
    expect(JSON.parse(listed.out)).toMatchObject([{ id: backup, manifest: { migrationRevision: REVISION } }])
    expect(await sql('select count(*)::int as n from companies')).toEqual([{ n: 70 }])
  })

  it('rolls nothing back if the backup fails', async () => {
    await hunter('migrate')
    const { SST_RESOURCE_Backups: _bucket, ...without } = stack.env
    expect((await runHunter(without, 'db', 'rollback', '--yes')).status).not.toBe(0)
    expect((await hunter('status')).out).not.toMatch(/ pending$/m)
  })

  it('adopts only a database that equals its migrations', async () => {
    expect(await hunter('stamp', REVISION)).toMatchObject({
      status: 5,
      err: expect.stringContaining('MIGRATION_CHANGED'),
    })
    await sql('drop table hunter_migrations, hunter_migration_history, hunter_migration_steps')
    const refused = await hunter('stamp', '0001_initial')
    expect(refused).toMatchObject({
      status: 3,
      out: expect.stringContaining('+ table public.alerts is in the database'),
    })
    expect((await hunter('stamp', REVISION)).out).toContain(`Recorded as applied ${REVISION}`)
    expect((await hunter('status')).out).not.toMatch(/ pending$/m)
  })
})
