import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from '../../support/seeded.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { showBackup } from '#backups/store/catalog'
import { createFingerprint } from '#backups/dump/fingerprint'
import { type Manifest, type Member, type Proof, selectTableMembers } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { getTemplateName } from '#backups/proof/pglite-template'
import { requireVerified, verifyBackup } from '#backups/proof/verify'
import { AppError } from '#platform/errors'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl } from '../../support/postgres.ts'
import { TestClock } from '../../support/test-clock.ts'
import { makeProofFolder } from '../../support/proof-folder.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, SPARSE_TABLE, readAll, runSql, SOURCE, TOOL_VERSION, withBytes, withClient } from '../fixtures.ts'
import { NASTY_ROWS, NASTY_SCHEMA } from '../nasty-schema.ts'

const clock = new TestClock()
let storage: TestStore
let tempDir: string
let manifest: Manifest
let bytes: Buffer

beforeAll(async () => {
  storage = await startTestStore(clock)
  tempDir = await makeProofFolder()
  const database = await createTestDatabase()
  await withClient(database.url, (client) => client.query(NASTY_SCHEMA))
  await runSql(database.url, NASTY_ROWS)
  await withClient(database.url, (client) => client.query('CREATE ROLE "only granted"'))
  await runSql(database.url, 'GRANT SELECT ON shapes TO "only granted";\nALTER TABLE egg OWNER TO "only granted"')
  await runSql(database.url, GIVEN_BY_OTHERS)
  await runSql(database.url, SPARSE_TABLE)
  manifest = await dump(storage.store, database.url)
  bytes = await readAll(storage.store, manifest.object)
  await database.drop()
  const server = await createTestDatabase()
  await withClient(server.url, (client) => client.query('DROP ROLE "only granted"'))
  await server.drop()
})
afterAll(async () => {
  await storage.close()
  await rm(tempDir, { recursive: true })
})

/** Objects that only a superuser may own, and a right granted by a role other than the owner. */
const GIVEN_BY_OTHERS = `
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION on_ddl();
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE PUBLICATION everything FOR ALL TABLES;
GRANT SELECT ON shapes TO "only granted" WITH GRANT OPTION;
SET SESSION AUTHORIZATION "only granted"; GRANT SELECT ON shapes TO pg_monitor`

interface Options {
  embeddedBytesMax?: number | undefined
  scratchUrl?: string | undefined
}

/**
 * The fastest place for tests that only compare the copy; the embedded Postgres has a test for a good backup and one
 * for a bad one.
 */
const onServer = (): Options => ({ embeddedBytesMax: 1, scratchUrl: serverUrl() })

function prove(store: ObjectStore, places: Options = onServer()): Promise<Proof> {
  const input = { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION, assertions: [] }
  return verifyBackup({ store, clock, tempDir, ...places }, input)
}

function failures(proof: Proof): Record<string, string | undefined> {
  return Object.fromEntries(proof.checks.filter(({ passed }) => !passed).map(({ name, reason }) => [name, reason]))
}

/** A store whose manifest vouches for the given members, as a forger would write it. */
function forged(edit: (text: string, name: string) => string, kept: Member[] = manifest.members): ObjectStore {
  const parts = kept.map((member) => {
    const text = gunzipSync(bytes.subarray(member.start, member.end)).toString('utf8')
    const edited = Buffer.from(edit(text, member.name))
    return { gzip: gzipSync(edited), rawBytes: edited.length }
  })
  let end = 0
  const members = kept.map((member, index) => {
    const { gzip, rawBytes } = parts[index] as (typeof parts)[number]
    const start = end
    end += gzip.length
    return { ...member, start, end, rawBytes, sha256: hash(gzip) }
  })
  const object = Buffer.concat(parts.map(({ gzip }) => gzip))
  const about = { gzipBytes: object.length, sha256: hash(object) }
  const other: Manifest = {
    ...manifest,
    members,
    object: { ...manifest.object, ...about },
    definitionsSha256: undefined,
  }
  return withManifest(withBytes(storage.store, object), other)
}

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

function withManifest(store: ObjectStore, other: Manifest): ObjectStore {
  return { ...store, getJson: (key) => (key.endsWith('manifest.json') ? Promise.resolve(other) : store.getJson(key)) }
}

describe('a good backup', () => {
  test('is verified: every row, sequence and definition of the copy is equal, even if its roles are gone', async () => {
    const proof = await prove(storage.store, {})
    expect(failures(proof)).toEqual({})
    expect(proof).toMatchObject({ level: 4, verified: true, restoredInto: expect.stringContaining('PGlite') })
    expect(requireVerified(proof)).toBe(proof)
    expect(await showBackup(storage.store, { source: SOURCE, id: manifest.id })).toEqual({
      manifest,
      proof,
      state: 'verified',
    })
    expect(await readdir(tempDir)).toEqual([getTemplateName()])
  })
})

describe('never verifies', () => {
  test('a dump with one wrong byte, at any position', async () => {
    const place = fc.integer({ min: 0, max: bytes.length - 1 })
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] as number) ^ flip
        const proof = await prove(withBytes(storage.store, damaged))
        expect(proof).toMatchObject({ verified: false, level: 0 })
      }),
      { numRuns: isThorough ? 50 : 15 },
    )
  })

  test('a dump that is truncated or has extra bytes at its end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), fc.boolean(), async (length, behind) => {
        const other = behind ? Buffer.concat([bytes, bytes.subarray(0, length + 1)]) : bytes.subarray(0, length)
        const proof = await prove(withBytes(storage.store, other))
        expect(proof).toMatchObject({ verified: false, level: 0 })
      }),
      { numRuns: isThorough ? 30 : 10 },
    )
  })

  test('a dump with one changed row, compressed again', async () => {
    const text = gunzipSync(bytes).toString('utf8').replace('A@example.org', 'B@example.org')
    const proof = await prove(withBytes(storage.store, gzipSync(text)))
    expect(proof).toMatchObject({ verified: false, level: 0 })
    expect(() => requireVerified(proof)).toThrowError(expect.objectContaining({ code: 'BACKUP_DAMAGED' }))
  })

  test.runIf(isThorough)('a changed row and definition with a forged manifest', async () => {
    const proof = await prove(
      forged((text) =>
        text
          .replace('A@example.org', 'Z@example.org')
          .replace('CREATE INDEX shapes_gin ON public.shapes USING gin', 'SELECT 1; -- '),
      ),
      {},
    )
    expect(proof).toMatchObject({ verified: false, level: 3 })
    expect(failures(proof)).toEqual({
      fingerprints: expect.stringContaining('"public"."people" has different rows'),
      catalog: expect.stringContaining('INDEX public.shapes_gin is missing'),
    })
    expect(() => requireVerified(proof)).toThrowError(expect.objectContaining({ code: 'BACKUP_UNPROVEN' }))
    expect(await readdir(tempDir)).toEqual([getTemplateName()])
  })

  test('a dump with a table that the manifest lacks', async () => {
    for (const left of selectTableMembers(manifest)) {
      const members = manifest.members.filter((member) => member !== left)
      const proof = await prove(withManifest(storage.store, { ...manifest, members }))
      expect(proof).toMatchObject({ verified: false, level: 1 })
      expect(failures(proof)['structure']).toMatch(/starts at byte \d+ instead of \d+/)
    }
  })

  test.runIf(isThorough)('a table that the definitions create but whose rows dump and manifest leave out', async () => {
    const proof = await prove(
      forged(
        (text) => text,
        manifest.members.filter(({ name }) => name !== '"public"."shapes"'),
      ),
    )
    expect(proof).toMatchObject({ verified: false, level: 3 })
    expect(failures(proof)).toEqual({
      fingerprints: expect.stringContaining('"public"."shapes" is not among the tables of the manifest'),
    })
  })

  test('a column that the definitions create but that dump and manifest leave out', async () => {
    const name = '"public"."chicken"'
    const one = createFingerprint()
    one.update(Buffer.from('1\n'))
    const less = { columns: ['id'], ...one.result() }
    const members = manifest.members.map((member) => (member.name === name ? { ...member, ...less } : member))
    const without = (text: string) => text.replace('"id", "egg"', '"id"').replace('1\t1', '1')
    const proof = await prove(forged((text, of) => (of === name ? without(text) : text), members))
    expect(proof).toMatchObject({ verified: false, level: 3 })
    expect(failures(proof)).toEqual({
      fingerprints: expect.stringContaining(`the columns of ${name} differ from those in the manifest`),
    })
  })

  test.runIf(isThorough)('a changed row in any part of a table with several parts', async () => {
    const parts = selectTableMembers(manifest).filter(({ table }) => table === 'large')
    expect(parts.length).toBeGreaterThan(1)
    const last = gunzipSync(bytes.subarray(parts.at(-1)?.start, parts.at(-1)?.end)).toString('utf8')
    const row = last.split('\n')[2] as string
    const proof = await prove(forged((text) => text.replace(`${row}\n`, `${row}x\n`)))
    expect(proof).toMatchObject({ verified: false, level: 3 })
    expect(failures(proof)).toEqual({ fingerprints: expect.stringContaining('"public"."large" has different rows') })
  })

  test('a dump that does not restore', async () => {
    const proof = await prove(
      forged((text) => text.replace('CREATE TABLE public.people', 'CREATE TABLE public.persons')),
    )
    expect(proof).toMatchObject({ verified: false, level: 2 })
    expect(failures(proof)).toEqual({ restored: expect.stringContaining('public.people') })
    expect(await readdir(tempDir)).toEqual([getTemplateName()])
  })

  test('a part without its last line', async () => {
    const proof = await prove(
      forged((text, name) => (name === 'refresh' ? text.replace(/.*end of the dump\n/, '') : text)),
    )
    expect(proof).toMatchObject({ verified: false, level: 1 })
    expect(failures(proof)).toEqual({ structure: expect.stringContaining('end of the dump') })
  })

  test.runIf(isThorough)('a part without its last line, even if no server can restore the dump', async () => {
    const store = forged((text, name) => (name === 'refresh' ? text.replace(/.*end of the dump\n/, '') : text))
    const proof = await prove(store, { embeddedBytesMax: 1 })
    expect(proof).toMatchObject({ verified: false, level: 1 })
    expect(failures(proof)).toEqual({ structure: expect.stringContaining('end of the dump') })
  })
})

test('a proof fails if the bucket stops answering, and leaves the last proof unchanged', async () => {
  const breaking: ObjectStore = {
    ...storage.store,
    read: () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'gone')),
    putJson: () => Promise.reject(new Error('must not be called')),
  }
  await expect(prove(breaking)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
})
