import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDdl } from '#backups/postgres/pg-dump-entries'
import { createFingerprint } from '#backups/dump/fingerprint'
import { openPgliteTarget } from '#backups/proof/pglite-target'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import type { RestoreTarget } from '#backups/restore/target'
import { createTestDatabase } from '../../support/postgres.ts'

/** The conformance suite of every restore target. */
const TARGETS: [name: string, open: () => Promise<{ target: RestoreTarget; remove: () => Promise<void> }>][] = [
  [
    'a database on a server',
    async () => {
      const database = await createTestDatabase()
      return { target: await openPostgresTarget(database.url), remove: () => database.drop() }
    },
  ],
  [
    'the embedded Postgres',
    async () => {
      const dir = await mkdtemp(join(tmpdir(), 'hunter-target-'))
      const target = await openPgliteTarget({ tempDir: tmpdir(), workDir: dir, extensions: ['citext'] })
      return { target, remove: () => rm(dir, { recursive: true, force: true }) }
    },
  ],
]

const TABLE = { schema: 'public', table: 't"able', columns: ['a', 'b'] }
const ROWS = 40_000

describe.each(TARGETS)('%s', (_name, open) => {
  let target: RestoreTarget
  let remove: () => Promise<void>
  beforeAll(async () => {
    ;({ target, remove } = await open())
    await target.execute(`CREATE EXTENSION citext WITH SCHEMA public;
      CREATE TABLE public."t""able" (a int, b text, doubled int GENERATED ALWAYS AS (a * 2) STORED);
      CREATE SEQUENCE public.s`)
  })
  afterAll(async () => {
    await target.close()
    await remove()
  })

  test('loads a table of many megabytes, split anywhere, and returns the same rows', async () => {
    const bytes = Buffer.from(Array.from({ length: ROWS }, (_, n) => `${n}\t${'ş'.repeat(n % 300)}\\n\n`).join(''))
    expect(bytes.length).toBeGreaterThan(10_000_000)
    const sent = createFingerprint()
    sent.update(bytes)
    await target.copyIn(TABLE, pieces(bytes, 77_777))
    const [sums] = await target.query<{ rows: number; doubled: number }>(
      'SELECT count(*)::int AS rows, sum(doubled)::int AS doubled FROM public."t""able"',
    )
    expect(sums).toEqual({ rows: ROWS, doubled: ROWS * (ROWS - 1) })
    expect(await fingerprintOf(target)).toEqual(sent.result())
  })

  test('refuses bad rows and unknown tables, and keeps working', async () => {
    await expect(target.copyIn(TABLE, pieces(Buffer.from('one\ttext\n'), 100))).rejects.toThrow('invalid input syntax')
    await expect(target.copyIn({ ...TABLE, table: 'none' }, pieces(Buffer.from('1\n'), 9))).rejects.toThrow('none')
    await expect(target.copyOut({ ...TABLE, table: 'none' }, () => undefined)).rejects.toThrow('none')
    await expect(target.execute('CREATE TABLE public.half (a int); SELECT 1 / 0')).rejects.toThrow('division by zero')
    expect(await target.query('SELECT to_regclass($$public.half$$) AS half, 1 AS one')).toEqual([
      { half: null, one: 1 },
    ])
    expect((await fingerprintOf(target)).rows).toBe(ROWS)
  })

  test('fails if the source of its rows fails', async () => {
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.from('1\tone\n')
      throw new Error('the dump broke off')
    }
    await expect(target.copyIn(TABLE, breaking())).rejects.toThrow('the dump broke off')
    expect((await fingerprintOf(target)).rows).toBe(ROWS)
  })

  test('prints the definitions as pg_dump does, repeatedly, and keeps its settings', async () => {
    const before = await target.query('SHOW search_path')
    for (const _ of [1, 2]) {
      const { preData, postData } = await target.ddl()
      expect(readDdl(preData).entries.map(({ type, name }) => `${type} ${name}`)).toEqual(
        expect.arrayContaining(['EXTENSION citext', 'TABLE t"able', 'SEQUENCE s']),
      )
      expect(readDdl(postData).entries).toEqual([])
    }
    expect(await target.query('SHOW search_path')).toEqual(before)
    await target.execute('CREATE TABLE public.writable_still (a int)')
  })

  test('prints the definitions of hundreds of tables, although pg_dump sends messages longer than its buffer', async () => {
    const names = Array.from({ length: 400 }, (_, n) => `a_table_with_a_rather_long_name_${n}`)
    await target.execute(names.map((name) => `CREATE TABLE public.${name} (a int)`).join(';\n'))
    const { preData } = await target.ddl()
    const tables = readDdl(preData).entries.filter(({ type }) => type === 'TABLE')
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
  })
})

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function fingerprintOf(target: RestoreTarget) {
  const fingerprint = createFingerprint()
  await target.copyOut(TABLE, (chunk) => fingerprint.update(chunk))
  return fingerprint.result()
}
