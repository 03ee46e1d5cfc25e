/** Tests `hunter backup` outside a stack for settings and SQLite databases. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BackupEntry } from '#backups/store/catalog'
import type { Proof } from '#backups/format/manifest'
import type { TestDatabase } from '../../support/postgres.ts'
import {
  type AloneRoom,
  type AloneRun as Run,
  hunterBackup as hunter,
  jsonOf as json,
  openAloneRoom,
} from '../../support/hunter-backup.ts'
import { isThorough } from '../../support/thorough.ts'

const KEY = 'correct horse battery staple'
const SECRET = 'hunter2-is-the-secret'

let room: AloneRoom
let database: TestDatabase
let dest: string
beforeAll(async () => {
  room = await openAloneRoom()
  database = room.database
})
beforeEach(async () => {
  dest = await room.newDest()
})
afterEach(() => vi.stubEnv('HUNTER_BACKUP_KEY', undefined))
afterAll(() => room.close())

describe('settings', () => {
  test.runIf(isThorough)('are stored encrypted beside the data, and restored into a new folder', async () => {
    const file = join(dest, '..', `app-${Date.now()}.env`)
    await writeFile(file, `PASSWORD=${SECRET}`)
    vi.stubEnv('HUNTER_BACKUP_KEY', KEY)
    const args = ['--source', database.url, '--dest', dest, '--config', `${file},gone.json`]
    const { id, manifest, proof } = await json<Run>('run', ...args)
    expect(manifest.config).toMatchObject({ files: [{ encrypted: true }], warnings: ['gone.json does not exist'] })
    expect(proof?.checks.at(-1)).toEqual({ name: 'settings', level: 4, passed: true })
    expect(gunzipSync(await readFile(join(dest, manifest.config?.object?.key as string))).includes(SECRET)).toBe(false)

    const out = join(dest, 'restored')
    expect(await hunter('restore', id, '--from', dest, '--config-to', out)).toMatchObject({ status: 0, err: '' })
    const [name = ''] = (await readdir(out, { recursive: true })).filter((each) => each.endsWith('.env'))
    expect(await readFile(join(out, name), 'utf8')).toBe(`PASSWORD=${SECRET}`)

    vi.stubEnv('HUNTER_BACKUP_KEY', 'not the right key at all')
    const wrong = await hunter('restore', id, '--from', dest, '--config-to', join(dest, 'other'))
    expect(wrong).toMatchObject({ status: 2, err: expect.stringContaining('BACKUP_KEY_INVALID') })
    vi.stubEnv('HUNTER_BACKUP_KEY', 'short')
    const short = await hunter('list', '--from', dest)
    expect(short).toMatchObject({ status: 2, err: expect.stringContaining('HUNTER_BACKUP_KEY must have 16') })
    expect(short.err).not.toContain('short')
  })

  test('that are stored alone without a key leave out what may be secret, and name it', async () => {
    const folder = join(dest, 'conf')
    await mkdir(folder)
    await writeFile(join(folder, '.env'), `PASSWORD=${SECRET}`)
    await writeFile(join(folder, 'app.json'), '{"port":1}')
    const place = join(dest, 'store')
    const run = await hunter('run', '--config-only', '--dest', place, '--config', folder)
    expect(run).toMatchObject({ status: 0, err: '' })
    expect(run.out).toMatch(/warning +\S+\.env was left out: it may contain secrets, and HUNTER_BACKUP_KEY is not set/)
    const [entry] = await json<(BackupEntry & { source: string })[]>('list', '--from', place)
    expect(entry).toMatchObject({ source: 'hunter-config', state: 'verified', manifest: { kind: 'config' } })
    const nothing = await hunter('run', '--config-only', '--dest', place, '--config', join(folder, '.env'))
    expect(nothing).toMatchObject({ status: 6, out: '', err: expect.stringContaining('may contain secrets') })
    const listed = await json<BackupEntry[]>('list', '--from', place)
    expect(listed).toHaveLength(2)
    const failed = listed.find(({ state }) => state === 'failed') // begun in the same second, perhaps
    expect(failed).toMatchObject({ run: { code: 'BACKUP_FAILED', hasBackup: false } })
  })
})

describe('SQLite', () => {
  test('is backed up, proven, listed, verified and restored, and the old file is kept', async () => {
    const path = join(dest, 'my app.db')
    const db = new DatabaseSync(path)
    db.exec(`CREATE TABLE notes (note); INSERT INTO notes VALUES ('one')`)
    const place = join(dest, 'store')
    const { id, source, proof } = await json<Run>('run', '--source', `sqlite:${path}`, '--dest', place)
    expect(source).toMatch(/^my-app-[0-9a-f]{6}$/)
    expect(proof).toMatchObject({ verified: true, restoredInto: expect.stringContaining('SQLite') })
    db.exec(`UPDATE notes SET note = 'later'`)
    db.close()
    expect((await hunter('show', id, '--from', place)).out).toMatch(/database +my app\.db, SQLite[\s\S]*notes +1 /)
    expect(await json<Proof>('verify', id, '--from', place)).toMatchObject({ verified: true })
    const restored = await hunter('restore', id, '--from', place, '--to', `sqlite:${path}`)
    expect(restored).toMatchObject({ status: 0, err: '' })
    expect(restored.out).toContain(`${path}.before-${id}`)
    const copy = new DatabaseSync(path)
    expect(copy.prepare('SELECT note FROM notes').get()).toEqual({ note: 'one' })
    copy.close()
  })

  test('that is not a database is refused by name', async () => {
    await writeFile(join(dest, 'text.db'), 'no database'.repeat(100))
    for (const [path, what] of [
      [join(dest, 'text.db'), 'is not a SQLite database'],
      [join(dest, 'none.db'), 'there is no file'],
      [dest, 'is not a file'],
    ] as const) {
      const run = await hunter('run', '--source', `sqlite:${path}`, '--dest', join(dest, 'store'))
      expect(run).toMatchObject({ status: 2, out: '', err: expect.stringContaining(what) })
    }
  })
})
