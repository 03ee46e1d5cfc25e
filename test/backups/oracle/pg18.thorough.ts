import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareCopy } from '#backups/restore/compare'
import { dumpDdl } from '#backups/postgres/pg-dump'
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { hasTool } from '../../support/debian-postgres.ts'
import { serverUrl } from '../../support/postgres.ts'
import { dump, rowsOf } from '../fixtures.ts'
import { contentOf, createOracleDatabase, restoreWithPsql, setDefaults } from './oracle.ts'
import { ORACLE_SCHEMAS, type OracleSchema, sqlSchema } from './oracle-schemas.ts'
import { CONFIGURED, CONFIGURED_FILES, POSTGRES_18 } from '../schemas/postgres18.ts'

const hasPsql = hasTool('psql', hasProgram('psql'))
const SCHEMAS: OracleSchema[] = [
  sqlSchema('what only Postgres 18 has', POSTGRES_18),
  ...ORACLE_SCHEMAS.filter(({ isSlow }) => !isSlow),
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

  test.each(SCHEMAS)('$name', async (schema) => {
    const { source, copy, differing } = await restored(schema)
    expect(copy).toEqual(source)
    expect(differing).toEqual([])
  })

  test('only the rows of an extension’s configuration', async () => {
    await mkdir(join(dir, 'extension'))
    for (const [name, text] of Object.entries(CONFIGURED_FILES)) await writeFile(join(dir, 'extension', name), text)
    execFileSync('chmod', ['-R', 'a+rX', dir])
    const path = [`extension_control_path TO '$system:${dir}'`]
    const { source, copy, differing, manifest } = await restored(sqlSchema('configured', CONFIGURED), path)
    expect(differing).toEqual([])
    expect({ ...copy, content: {} }).toEqual({ ...source, content: {} })
    const tables = selectTableMembers(manifest).map(({ table, rows, filter }) => ({ table, rows, filter }))
    expect(tables).toEqual([
      { table: 'b_zone', rows: 2, filter: 'WHERE NOT built_in' }, // what a_rule refers to comes before it
      { table: 'a_rule', rows: 3, filter: '' },
      { table: 'own', rows: 1, filter: undefined },
    ])
    expect(copy.content['configured.b_zone']).toMatch(/^3 rows/)
    expect(copy.content['configured.c_cache']).toMatch(/^1 rows/)
  })

  /** Dumps a database, restores the dump beside it and describes both. Both must have the defaults in `needed`. */
  async function restored({ fill, encoding, defaults = [] }: OracleSchema, needed: string[] = []) {
    const name = `oracle_${randomBytes(4).toString('hex')}`
    const source = await createOracleDatabase(serverUrl(), `${name}_source`, encoding)
    const copy = await createOracleDatabase(serverUrl(), `${name}_copy`, encoding)
    const setBoth = async (settings: string[]) => {
      for (const { url } of [source, copy]) await setDefaults(url, settings)
    }
    try {
      await setBoth(needed)
      await fill(source.url)
      await setBoth([...needed, ...defaults])
      const manifest = await dump(storage.store, source.url)
      await restoreWithPsql('psql', storage.store, manifest, copy.url)
      await setBoth(needed)
      const differing = await differencesOf(manifest, copy.url)
      return { source: await stateOf(source.url), copy: await stateOf(copy.url), differing, manifest }
    } finally {
      await Promise.all([source.drop(), copy.drop()])
    }
  }

  /** Compares as a proof does. */
  async function differencesOf(manifest: Manifest, url: string) {
    const target = await openPostgresTarget(url)
    try {
      return (await compareCopy(storage.store, manifest, target)).filter(({ passed }) => !passed)
    } finally {
      await target.close()
    }
  }
})

async function stateOf(url: string) {
  const sequences = `SELECT schemaname, sequencename, last_value::text FROM pg_sequences ORDER BY 1, 2`
  return { ddl: await dumpDdl(url), content: await contentOf(url), sequences: await rowsOf(url, sequences) }
}

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
