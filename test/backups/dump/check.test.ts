import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkLayout, checkRows } from '#backups/dump/check'
import type { Manifest, Member } from '#backups/format/manifest'
import { checkObject, readObject } from '#backups/store/read-object'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase } from '../../support/postgres.ts'
import { dump, runSql } from '../fixtures.ts'

let storage: TestStore
let manifest: Manifest
beforeAll(async () => {
  storage = await startTestStore(systemClock)
  const database = await createTestDatabase()
  await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
  manifest = await dump(storage.store, database.url)
  await database.drop()
})
afterAll(() => storage.close())

const damaged = (message: string) =>
  expect.objectContaining({ code: 'BACKUP_DAMAGED', message: expect.stringContaining(message) })

describe('a dump counts as complete only', () => {
  const laidOut = (members: Member[]) => () => checkLayout({ ...manifest, members })

  test('when its parts follow each other without a gap', () => {
    expect(() => checkLayout(manifest)).not.toThrow()
    const [first, ...others] = manifest.members as [Member, ...Member[]]
    const second = others[0] as Member
    expect(laidOut([first, ...others.slice(1)])).toThrowError(damaged(`instead of ${first.end}`))
    expect(laidOut([first, { ...second, start: second.start - 1 }, ...others.slice(1)])).toThrowError(
      damaged(`${second.name} starts at byte ${second.start - 1}`),
    )
  })

  test('when it begins with the definitions and ends with the end mark', () => {
    const last = manifest.members.at(-1) as Member
    expect(laidOut(manifest.members.slice(0, -1))).toThrowError(damaged(`ends at byte ${last.start}`))
    const short = { ...manifest.object, gzipBytes: last.start }
    const cut = { ...manifest, object: short, members: manifest.members.slice(0, -1) }
    expect(() => checkLayout(cut)).toThrowError(damaged('lacks its first or its last part'))
  })
})

describe('rows count as those of the source only', () => {
  const withTable = (about: object): Manifest => ({
    ...manifest,
    members: manifest.members.map((member) => (member.kind === 'table' ? { ...member, ...about } : member)),
  })

  test.each([
    ['when there are as many', { rows: 3 }, 'has 2 rows instead of 3'],
    ['when each is the same', { fingerprint: '0'.repeat(32) }, 'has different rows'],
    ['when they unpack to as many bytes', { rawBytes: 7 }, 'instead of 7'],
  ])('%s', async (_when, about, message) => {
    await expect(checkRows(storage.store, manifest)).resolves.toBeUndefined()
    await expect(checkRows(storage.store, withTable(about))).rejects.toEqual(damaged(message))
  })
})

test('an object matches its manifest only with the same number of bytes, packed and unpacked', async () => {
  const read = async (about: object) => {
    for await (const chunk of readObject(storage.store, { ...manifest.object, ...about })) void chunk
  }
  await expect(read({})).resolves.toBeUndefined()
  await expect(read({ rawBytes: 7 })).rejects.toEqual(damaged('instead of 7'))
  await expect(read({ codec: 'none' })).rejects.toEqual(damaged(`instead of ${manifest.object.rawBytes}`))
  await expect(checkObject(storage.store, { ...manifest.object, gzipBytes: 7 })).rejects.toEqual(
    damaged('instead of 7'),
  )
})
