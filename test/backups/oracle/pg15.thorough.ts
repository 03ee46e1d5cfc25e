import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import {
  type DebianPostgres,
  debianTool,
  hasDebianPostgres,
  startDebianPostgres,
} from '../../support/debian-postgres.ts'
import { dump } from '../fixtures.ts'
import {
  contentOf,
  createOracleDatabase,
  firstDifference,
  pgDumpTo,
  restoreWithPsql,
  setDefaults,
  sha256Of,
} from './oracle.ts'
import { ORACLE_SCHEMAS } from './oracle-schemas.ts'

describe.skipIf(!hasDebianPostgres())(
  "the real pg_dump sees no difference (Debian's Postgres 15 must be installed)",
  () => {
    let server: DebianPostgres
    let storage: TestStore
    let dir: string
    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'hunter-oracle-'))
      server = await startDebianPostgres()
      storage = await startTestStore(systemClock)
    })
    afterAll(async () => {
      await Promise.all([server.close(), storage.close()])
      await rm(dir, { recursive: true, force: true })
    })

    test.each(ORACLE_SCHEMAS)('$name', async ({ fill, encoding, defaults = [] }) => {
      const source = await createOracleDatabase(server.url, 'source', encoding)
      const copy = await createOracleDatabase(server.url, 'copy', encoding)
      try {
        await fill(source.url)
        for (const { url } of [source, copy]) await setDefaults(url, defaults)
        const manifest = await dump(storage.store, source.url)
        await restoreWithPsql(debianTool('psql'), storage.store, manifest, copy.url)
        for (const { url } of [source, copy]) await setDefaults(url, [])
        expect(await differenceOf(source.url, copy.url)).toBe('')
        expect(await contentOf(copy.url)).toEqual(await contentOf(source.url))
      } finally {
        await Promise.all([source.drop(), copy.drop()])
      }
    })

    async function differenceOf(source: string, copy: string): Promise<string> {
      const files = [join(dir, 'source.sql'), join(dir, 'copy.sql')] as const
      await pgDumpTo(debianTool('pg_dump'), source, files[0])
      await pgDumpTo(debianTool('pg_dump'), copy, files[1])
      const isSame = (await sha256Of(files[0])) === (await sha256Of(files[1]))
      return isSame ? '' : firstDifference(...files)
    }
  },
)
