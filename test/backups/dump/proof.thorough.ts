import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selectLargeObjectMembers, type Manifest } from '#backups/format/manifest'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { compareCopy } from '#backups/restore/compare'
import { verifyBackup } from '#backups/proof/verify'
import { restoreDump } from '#backups/restore/load-dump'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { makeProofFolder } from '../../support/proof-folder.ts'
import { dump, runSql, SOURCE, TOOL_VERSION, withClient } from '../fixtures.ts'

/** Differences between servers that a proof must accept: it restores into another server than the source. */
const RARE = String.raw`
SELECT lo_create(5001); SELECT lo_from_bytea(5002, convert_to(repeat('large ', 1500000), 'UTF8'));
COMMENT ON LARGE OBJECT 5002 IS E'it''s\n\\large'; GRANT SELECT ON LARGE OBJECT 5002 TO PUBLIC;
CREATE TABLE hollow (); INSERT INTO hollow DEFAULT VALUES; INSERT INTO hollow DEFAULT VALUES;
CREATE FUNCTION odd() RETURNS text LANGUAGE sql AS $$ SELECT '
\restrict x
\unrestrict' $$;`

let storage: TestStore
let manifest: Manifest
let tempDir: string
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  tempDir = await makeProofFolder()
  const source = await createTestDatabase()
  await withClient(source.url, (client) => client.query(RARE))
  manifest = await dump(storage.store, source.url)
  await source.drop()
})
afterAll(async () => {
  await storage.close()
  await rm(tempDir, { recursive: true, force: true })
})

test('the embedded Postgres proves large objects, tables without columns and unusual function bodies', async () => {
  expect(selectLargeObjectMembers(manifest).length).toBeGreaterThan(1) // cut into pieces that fit in memory
  const input = { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION }
  const proof = await verifyBackup({ store: storage.store, clock: systemClock, tempDir }, input)
  expect(proof.checks.filter(({ passed }) => !passed)).toEqual([])
  expect(proof.verified).toBe(true)
})

const changes: [string, string][] = [
  ['a byte', `SELECT lo_put(5002, 4000000, 'X')`],
  ['a comment', `COMMENT ON LARGE OBJECT 5002 IS 'other'`],
  ['a right', `REVOKE SELECT ON LARGE OBJECT 5002 FROM PUBLIC`],
  ['an object', `SELECT lo_unlink(5001)`],
]

test.each(changes)('a proof detects a difference in %s of a large object', async (_what, change) => {
  const copy = await createTestDatabase()
  const target = await openPostgresTarget(copy.url)
  try {
    await restoreDump(storage.store, manifest, target)
    await runSql(copy.url, change)
    const compared = await compareCopy(storage.store, manifest, target)
    expect(compared.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(['large objects'])
  } finally {
    await target.close()
    await copy.drop()
  }
})
