import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { compareCopy } from '#backups/compare-copy'
import { dumpDdl } from '#backups/ddl'
import { tableMembers } from '#backups/manifest'
import { openPostgresTarget } from '#backups/postgres-target'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../support/backup-store.ts'
import { hasTool } from '../support/debian-postgres.ts'
import { dump, rowsOf } from './fixtures.ts'
import { contentOf, createOracleDatabase, restoreWithPsql, setDefaults } from './oracle.ts'
import { ORACLE_SCHEMAS, type OracleSchema, sqlSchema } from './oracle-schemas.ts'
import { CONFIGURED, CONFIGURED_FILES, POSTGRES_18 } from './schemas/postgres18.ts'

const hasPsql = hasTool('psql', hasProgram('psql'))
const SCHEMAS: OracleSchema[] = [
  ...ORACLE_SCHEMAS.filter(({ isSlow }) => !isSlow),
  sqlSchema('what only Postgres 18 has', POSTGRES_18),
]

describe.skipIf(!hasPsql)('on Postgres 18, psql restores what pg_dump describes alike (psql must be installed)', () => {
  let storage: TestStore
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hunter-oracle-'))
    storage = await startTestStore(systemClock)
  })
  afterAll(async () => {
    await storage.close()
    await rm(dir, { recursive: true, force: true })
  })

  test.each(SCHEMAS)('$name', (schema) => expectSame(schema, []), 60_000)

  test("the rows of an extension's configuration, and those alone", async () => {
    await mkdir(join(dir, 'extension'))
    for (const [name, text] of Object.entries(CONFIGURED_FILES)) await writeFile(join(dir, 'extension', name), text)
    execFileSync('chmod', ['-R', 'a+rX', dir])
    const path = [`extension_control_path TO '$system:${dir}'`]
    const { copy, manifest } = await expectSame(sqlSchema('configured', CONFIGURED), path)
    const tables = tableMembers(manifest).map(({ table, rows, filter }) => ({ table, rows, filter }))
    expect(tables).toEqual([
      { table: 'b_zone', rows: 2, filter: 'WHERE NOT built_in' }, // what a_rule refers to comes before it
      { table: 'a_rule', rows: 3, filter: '' },
      { table: 'own', rows: 1, filter: undefined },
    ])
    expect(copy['configured.b_zone']).toMatch(/^3 rows/)
    expect(copy['configured.c_cache']).toMatch(/^1 rows/)
  })

  async function expectSame({ fill, encoding, defaults = [] }: OracleSchema, needed: string[]) {
    const name = `oracle_${Date.now()}`
    const source = await createOracleDatabase(inject('postgresUrl'), `${name}_source`, encoding)
    const target = await createOracleDatabase(inject('postgresUrl'), `${name}_copy`, encoding)
    try {
      for (const { url } of [source, target]) await setDefaults(url, needed)
      await fill(source.url)
      for (const { url } of [source, target]) await setDefaults(url, [...needed, ...defaults])
      const manifest = await dump(storage.store, source.url)
      await restoreWithPsql('psql', storage.store, manifest, target.url)
      for (const { url } of [source, target]) await setDefaults(url, needed)
      expect(await dumpDdl(target.url)).toEqual(await dumpDdl(source.url))
      const copy = await contentOf(target.url)
      if (needed.length === 0) expect(copy).toEqual(await contentOf(source.url))
      const restored = await openPostgresTarget(target.url)
      const compared = await compareCopy(storage.store, manifest, restored).finally(() => restored.close())
      expect(compared.filter(({ passed }) => !passed)).toEqual([])
      const sequences = `SELECT schemaname, sequencename, last_value::text FROM pg_sequences ORDER BY 1, 2`
      expect(await rowsOf(target.url, sequences)).toEqual(await rowsOf(source.url, sequences))
      return { copy, manifest }
    } finally {
      await Promise.all([source.drop(), target.drop()])
    }
  }
})

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
