/** A standby answers while it replays its primary's log: backups can be taken there, and the primary is left alone. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { addFingerprints } from '#backups/dump/fingerprint'
import { selectTableMembers } from '#backups/format/manifest'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'
import { dump, LARGE_ROWS, LARGE_TABLE, rowsOf, runSql } from '../backups/fixtures.ts'
import { startTestStore, type TestStore } from '../support/backup-store.ts'
import { serverOf } from './start-server.ts'

const major = inject('postgresMajor')
let dir: string
let storage: TestStore
let primary: PostgresServer
let standby: PostgresServer
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hunter-standby-'))
  storage = await startTestStore(systemClock)
  const options = { durable: false, ...(await serverOf(major)) }
  const first = await startPostgres({ dir: join(dir, 'primary'), ...options })
  await first.close()
  execFileSync('cp', ['-a', join(dir, 'primary'), join(dir, 'standby')])
  primary = await startPostgres({ dir: join(dir, 'primary'), ...options })
  const { port, username } = new URL(primary.url)
  const password = (await readFile(join(dir, 'primary', 'password'), 'utf8')).trim()
  const upstream = `primary_conninfo=host=127.0.0.1 port=${port} user=${username} password=${password}`
  await writeFile(join(dir, 'standby', 'data', 'standby.signal'), '', { mode: 0o644 })
  standby = await startPostgres({ dir: join(dir, 'standby'), ...options, settings: [upstream] })
})
afterAll(async () => {
  await standby.close()
  await primary.close()
  await storage.close()
  await rm(dir, { recursive: true, force: true })
})

/** All that was done on the primary, written to its log or not yet. */
async function replayed(): Promise<void> {
  const position = 'SELECT pg_current_wal_insert_lsn()::text AS lsn'
  const [{ lsn } = { lsn: '' }] = await rowsOf<{ lsn: string }>(primary.url, position)
  for (;;) {
    const [{ done } = { done: false }] = await rowsOf<{ done: boolean }>(
      standby.url,
      `SELECT pg_last_wal_replay_lsn() >= '${lsn}'::pg_lsn AS done`,
    )
    if (done) return
    await pause(20)
  }
}

test('is backed up over several sessions, with the same rows as its primary', async () => {
  await runSql(primary.url, `${LARGE_TABLE};\nCREATE SEQUENCE lonely;\nSELECT nextval('lonely')`)
  await replayed()
  expect(await rowsOf(standby.url, 'SELECT pg_is_in_recovery() AS r')).toEqual([{ r: true }])
  const [ofStandby, ofPrimary] = [await dump(storage.store, standby.url), await dump(storage.store, primary.url)]
  expect(addFingerprints(selectTableMembers(ofStandby))).toEqual(addFingerprints(selectTableMembers(ofPrimary)))
  expect(addFingerprints(selectTableMembers(ofStandby)).rows).toBe(LARGE_ROWS)
})

test('with a table that only the primary can read is refused by its name', async () => {
  await runSql(primary.url, 'CREATE UNLOGGED TABLE fleeting (a int)')
  await replayed()
  await expect(dump(storage.store, standby.url)).rejects.toMatchObject({
    code: 'BACKUP_UNSUPPORTED',
    message:
      'the dump cannot include what is unlogged, since this is a standby and has nothing of it (public.fleeting)',
  })
})
