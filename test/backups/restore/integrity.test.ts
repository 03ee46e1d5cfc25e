/** Every restore refuses altered bytes before anything uses them. */
import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { showBackup } from '#backups/store/catalog'
import { createBackupId } from '#backups/format/backup-id'
import { dumpDatabase } from '#backups/dump/dump'
import { restoreDump } from '#backups/restore/load-dump'
import { explainDamage } from '#backups/restore/restorable'
import type { Manifest, Member } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { openPostgresTarget } from '#backups/restore/postgres-target'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { restoreInto } from '#backups/restore/into-empty'
import { planRestore } from '#backups/restore/plan'
import { restoreTables } from '#backups/restore/tables'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, serverUrl, type TestDatabase } from '../../support/postgres.ts'
import { sampleOf } from '../../support/thorough.ts'
import { readAll, rowsOf, runSql, SOURCE, TOOL_VERSION, withBytes } from '../fixtures.ts'
import { boundProofOf } from '../made-up.ts'

let storage: TestStore
let live: TestDatabase
/** A database that is empty, and stays so. */
let copy: TestDatabase
let plain: Manifest
let packed: Manifest
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  live = await createTestDatabase()
  copy = await createTestDatabase()
  await runSql(
    live.url,
    `CREATE TABLE notes (id int DEFAULT 41, note text);
     CREATE TABLE other (id int, note text);
     CREATE SEQUENCE numbers START WITH 7;
     CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
     GRANT SELECT ON notes TO PUBLIC;
     INSERT INTO notes VALUES (1, 'one'), (2, 'two');
     INSERT INTO other VALUES (3, 'six')`.replaceAll(/\n +/g, '\n'),
  )
  plain = await made('none', 'aaaaaa')
  packed = await made('gzip', 'bbbbbb')
})
afterAll(async () => {
  await live.drop()
  await copy.drop()
  await storage.close()
})

async function made(codec: 'none' | 'gzip', suffix: string): Promise<Manifest> {
  const input = { id: createBackupId(systemClock.now(), suffix), source: SOURCE, databaseUrl: live.url, codec }
  const manifest = await dumpDatabase(
    { store: storage.store, clock: systemClock },
    { ...input, toolVersion: TOOL_VERSION },
  )
  await storage.store.putJson(buildBackupKeys(SOURCE, manifest.id).proof, boundProofOf(manifest))
  return manifest
}

/** Outcomes of each way of restoring; none may leave anything in the live database or beside it. */
async function refusalsOf(store: ObjectStore, { id }: Manifest): Promise<unknown[]> {
  const deps = { store, clock: systemClock }
  const input = { source: SOURCE, id, databaseUrl: live.url }
  const answers = [
    await restoreBackup(deps, input).catch((error: unknown) => error),
    await restoreInto(deps, { ...input, databaseUrl: copy.url }).catch((error: unknown) => error),
  ]
  expect(await rowsOf(copy.url, `SELECT relname FROM pg_class WHERE relname IN ('notes', 'other')`)).toEqual([])
  expect(await rowsOf(live.url, 'SELECT answer(), (SELECT count(*)::int FROM notes) AS n')).toEqual([
    { answer: 42, n: 2 },
  ])
  const name = new URL(live.url).pathname.slice(1)
  expect(await rowsOf(live.url, `SELECT FROM pg_database WHERE datname LIKE '${name}%'`)).toHaveLength(1)
  return answers
}

function damaged(message: RegExp): unknown[] {
  const error = expect.objectContaining({ code: 'BACKUP_DAMAGED', message: expect.stringMatching(message) })
  return [error, error]
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** The same length, another meaning. */
const EDITS: [string, string, string][] = [
  ['a value', '1\tone\n', '1\teno\n'],
  ["a function's body", 'SELECT 42', 'SELECT 43'],
  ['a default', 'DEFAULT 41', 'DEFAULT 14'],
  ['a grant', 'GRANT SELECT ON TABLE public.notes', 'GRANT DELETE ON TABLE public.notes'],
  ['the start of a sequence', 'START WITH 7', 'START WITH 8'],
  ['a setval', `"numbers"', 7`, `"numbers"', 9`],
  ['a number, so that it is none', '1\tone\n', 'x\tone\n'],
]

describe.each(sampleOf(EDITS, 3))('a changed dump: %s', (_what, from, to) => {
  test('is refused by every restore', async () => {
    const text = (await readAll(storage.store, plain.object)).toString('latin1')
    expect(text.split(from)).toHaveLength(2)
    const edited = Buffer.from(text.replace(from, to), 'latin1')
    expect(await refusalsOf(withBytes(storage.store, edited), plain)).toEqual(damaged(/is damaged/))
  })
})

/** An object with one member repacked at another level with edited text, and a manifest whose ranges fit. */
async function repacked(edit: (text: string) => string, updates: (member: Member, bytes: Buffer) => object) {
  const bytes = await readAll(storage.store, packed.object)
  const pieces: Buffer[] = []
  let start = 0
  const members = packed.members.map((member) => {
    const old = bytes.subarray(member.start, member.end)
    const text = gunzipSync(old).toString('latin1')
    const raw = Buffer.from(edit(text), 'latin1')
    const piece = raw.toString('latin1') === text ? old : gzipSync(raw, { level: 1 })
    pieces.push(piece)
    const placed = { ...member, start, end: start + piece.length, rawBytes: raw.length }
    start += piece.length
    return { ...placed, ...(piece === old ? {} : updates(member, piece)) }
  })
  const object = Buffer.concat(pieces)
  const manifest = { ...packed, members, object: { ...packed.object, gzipBytes: object.length } } as Manifest
  return { object, manifest }
}

function storeWith(bytes: Buffer, manifest: Manifest, proof?: unknown): ObjectStore {
  const keys = buildBackupKeys(SOURCE, manifest.id)
  const listed = (key: string, sizeBytes: number) => ({ key, sizeBytes, modifiedAt: new Date(0) })
  return {
    ...withBytes(storage.store, bytes),
    getJson: (key) =>
      key === keys.manifest
        ? Promise.resolve(JSON.parse(JSON.stringify(manifest)))
        : key === keys.proof && proof !== undefined
          ? Promise.resolve(proof)
          : storage.store.getJson(key),
    listObjects: async () => [listed(keys.manifest, 1), listed(manifest.object.key, bytes.length)],
  }
}

describe('a dump with recompressed members and matching ranges', () => {
  const edit = (text: string) => text.replace('SELECT 42', 'SELECT 43')

  test('is refused by the hash of the member', async () => {
    const { object, manifest } = await repacked(edit, () => ({}))
    expect(await refusalsOf(storeWith(object, manifest), manifest)).toEqual(damaged(/is damaged/))
  })

  test('is refused by the hash of the object if the hashes of the members were edited, too', async () => {
    const { object, manifest } = await repacked(edit, (_member, bytes) => ({ sha256: sha256(bytes) }))
    expect(await refusalsOf(storeWith(object, manifest), manifest)).toEqual(damaged(/dump\.sql\.gz is damaged/))
    expect(await showBackup(storeWith(object, manifest), { source: SOURCE, id: manifest.id })).toMatchObject({
      state: 'unproven',
      reason: 'its manifest was changed after its proof',
    })
  })

  test('is refused by the hash of the definitions if all other hashes were edited, too', async () => {
    const { object, manifest } = await repacked(edit, (_member, bytes) => ({ sha256: sha256(bytes) }))
    manifest.object.sha256 = sha256(object)
    expect(await refusalsOf(storeWith(object, manifest), manifest)).toEqual(damaged(/the definitions are damaged/))
  })
})

describe('a manifest that does not fit its object', () => {
  const edited = (change: (members: Member[]) => Member[]): Manifest => ({
    ...packed,
    members: change(packed.members),
  })
  const swapped = (members: Member[]) => {
    const [notes, other] = members.filter(({ kind }) => kind === 'table') as [Member, Member]
    const place = ({ start, end, sha256 }: Member) => ({ start, end, sha256 })
    return members.map((member) =>
      member === notes ? { ...member, ...place(other) } : member === other ? { ...member, ...place(notes) } : member,
    )
  }

  test.each<[string, (members: Member[]) => Member[], RegExp]>([
    ['a member is missing', (members) => members.toSpliced(1, 1), /instead of/],
    [
      'ranges leave a gap',
      (m) => m.with(1, { ...(m[1] as Member), start: (m[1] as Member).start + 1 }),
      /starts at byte/,
    ],
    ['ranges overlap', (m) => m.with(1, { ...(m[1] as Member), start: (m[1] as Member).start - 1 }), /starts at byte/],
    [
      'a member is empty',
      (m) => m.toSpliced(1, 0, { ...(m[1] as Member), end: (m[1] as Member).start }),
      /before it starts/,
    ],
    ['members are swapped', swapped, /is damaged|starts at byte/],
  ])('%s', async (_what, change, message) => {
    const bytes = await readAll(storage.store, packed.object)
    const manifest = edited(change)
    expect(await refusalsOf(storeWith(bytes, manifest), manifest)).toEqual(damaged(message))
    const into = { source: SOURCE, id: manifest.id, databaseUrl: live.url, tables: ['notes'], as: 'copied.notes' }
    const restoring = restoreTables({ store: storeWith(bytes, manifest), clock: systemClock }, into)
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  })

  test('that names an object of another backup is refused', async () => {
    const manifest = { ...packed, object: { ...packed.object, key: plain.object.key } }
    const bytes = await readAll(storage.store, packed.object)
    expect(await refusalsOf(storeWith(bytes, manifest), manifest)).toEqual(damaged(/names an object of another backup/))
  })
})

describe('the restore of a single table', () => {
  const restore = (store: ObjectStore, { id }: Manifest, table = 'notes') =>
    restoreTables(
      { store, clock: systemClock },
      { source: SOURCE, id, databaseUrl: live.url, tables: [table], as: 'copied.notes' },
    )
  const isThere = async () => (await rowsOf(live.url, `SELECT FROM pg_namespace WHERE nspname = 'copied'`)).length > 0

  test.each([
    ['with other values', 'eno'],
    ['with a value that the server refuses, too', 'o\\N'],
  ])('fails as damaged if %s, and leaves nothing behind', async (_what, to) => {
    const text = (await readAll(storage.store, plain.object)).toString('latin1')
    const store = withBytes(storage.store, Buffer.from(text.replace('1\tone', `1\t${to}`), 'latin1'))
    await expect(restore(store, plain)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect(await isThere()).toBe(false)
  })

  test('reads only its members if they have hashes, and otherwise checks the whole object first', async () => {
    const report = await restore(storage.store, packed)
    expect(report).toMatchObject({ rows: 2, reads: 1 })
    expect(report.fetchedBytes).toBeLessThan(packed.object.gzipBytes)
    await runSql(live.url, 'DROP SCHEMA copied CASCADE')
    const old: Manifest = {
      ...packed,
      definitionsSha256: undefined,
      members: packed.members.map((member) => ({ ...member, sha256: undefined })),
    }
    const bytes = await readAll(storage.store, packed.object)
    expect(await restore(storeWith(bytes, old), old)).toMatchObject({ rows: 2, reads: 2 })
    await runSql(live.url, 'DROP SCHEMA copied CASCADE')
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1 // damages another member
    await expect(restore(storeWith(bytes, old), old)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    expect(await isThere()).toBe(false)
  })
})

describe('an object of another size', () => {
  test.each([
    ['empty', (bytes: Buffer) => bytes.subarray(0, 0)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('-- more\n')])],
  ])('%s is damaged in list, show and restore', async (_what, change) => {
    const bytes = change(await readAll(storage.store, plain.object))
    const store = storeWith(bytes, plain)
    expect(await refusalsOf(store, plain)).toEqual(damaged(/bytes instead of/))
    const ref = { source: SOURCE, id: plain.id }
    expect(await showBackup(store, ref)).toMatchObject({ state: 'failed', damage: { what: 'size' } })
    const planning = planRestore({ store }, { ...ref, databaseUrl: live.url })
    await expect(planning).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  })

  test('is restored if the manifest names its version and the listing shows a later one', async () => {
    const bytes = await readAll(storage.store, plain.object)
    const manifest = { ...plain, object: { ...plain.object, versionId: 'first' } }
    const current = storeWith(bytes.subarray(1), manifest)
    const store = { ...storeWith(bytes, manifest), listObjects: (prefix: string) => current.listObjects(prefix) }
    const into = await createTestDatabase()
    const input = { source: SOURCE, id: plain.id, databaseUrl: into.url }
    expect(await restoreInto({ store, clock: systemClock }, input)).toMatchObject({ rows: 3 })
    await into.drop()
  })
})

describe('the proof', () => {
  const prove = (id: Manifest['id']) =>
    verifyBackup(
      { store: storage.store, clock: systemClock, tempDir: '/tmp', embeddedBytesMax: 1, scratchUrl: serverUrl() },
      { source: SOURCE, id, toolVersion: TOOL_VERSION },
    )

  test('is bound to the hashes of the manifest and of the object', async () => {
    const proof = await prove(packed.id)
    const stored = await readAll(storage.store, { key: buildBackupKeys(SOURCE, packed.id).manifest })
    const object = await readAll(storage.store, packed.object)
    expect(proof).toMatchObject({ verified: true, manifestSha256: sha256(stored), objectSha256: sha256(object) })
    expect(await showBackup(storage.store, { source: SOURCE, id: packed.id })).toEqual({
      manifest: packed,
      proof,
      state: 'verified',
    })
  })

  test('that is empty or truncated counts neither as verified nor as failed', async () => {
    const key = buildBackupKeys(SOURCE, plain.id).proof
    const upload = await storage.store.startUpload(key, 'application/json')
    await upload.write(Buffer.from('\n'))
    await upload.complete()
    expect(await showBackup(storage.store, { source: SOURCE, id: plain.id })).toMatchObject({
      state: 'unproven',
      reason: expect.stringContaining('cannot be read'),
    })
    await storage.store.putJson(key, boundProofOf(plain))
  })
})

test('a restore that fails for another reason than damage says what failed', async () => {
  const target = await openPostgresTarget(live.url)
  await expect(restoreDump(storage.store, plain, target)).rejects.not.toMatchObject({ code: 'BACKUP_DAMAGED' })
  await target.close()
})

describe('the error of a server that refuses damaged bytes early', () => {
  const failing = (error: Error) => () => Promise.reject(error)
  const refusal = new Error('invalid input syntax for type integer: "x"')
  const found = new AppError('BACKUP_DAMAGED', 'public.notes is damaged')

  test('becomes the cause of an error that names the damage', async () => {
    const restoring = explainDamage(failing(refusal), failing(found))
    await expect(restoring).rejects.toMatchObject({ code: 'BACKUP_DAMAGED', message: found.message, cause: refusal })
  })

  test.each([
    ['the bytes are whole', () => Promise.resolve()],
    ['the check cannot run', failing(new AppError('STORAGE_UNAVAILABLE', 'the bucket does not answer'))],
  ])('stays if %s', async (_when, checkBytes) => {
    await expect(explainDamage(failing(refusal), checkBytes)).rejects.toBe(refusal)
  })

  test('stays if the failure has its own code', async () => {
    const gone = new AppError('DATABASE_UNAVAILABLE', 'the server went away')
    await expect(explainDamage(failing(gone), failing(found))).rejects.toBe(gone)
  })
})

test('the manifest has a hash of the stored bytes of every member', async () => {
  for (const manifest of [plain, packed]) {
    const bytes = await readAll(storage.store, manifest.object)
    const hashes = manifest.members.map(({ start, end }) => sha256(bytes.subarray(start, end)))
    expect(manifest.members.map((member) => member.sha256)).toEqual(hashes)
  }
  expect(plain.definitionsSha256).toBe(packed.definitionsSha256)
})
