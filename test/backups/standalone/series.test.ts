/** Tests a series in a folder outside a stack: a wrong clock, and two sources of one name. */
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { BackupEntry } from '#backups/store/catalog'
import { buildBackupKeys } from '#backups/format/object-keys'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupStats } from '#backups/operations/stats'
import { systemClock } from '#platform/clock'
import {
  type AloneRoom,
  type AloneRun as Run,
  hunterBackup as hunter,
  jsonOf as json,
  openAloneRoom,
} from '../../support/hunter-backup.ts'

const DAY_MS = 86_400_000

let room: AloneRoom
let dest: string
let file: string
beforeAll(async () => {
  room = await openAloneRoom()
})
afterAll(() => room.close())
beforeEach(async () => {
  dest = await room.newDest()
  file = join(dest, 'a', 'app.db')
  await makeFile(file)
})

async function makeFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const db = new DatabaseSync(path)
  db.exec('CREATE TABLE notes (note text)')
  db.close()
}

const runArgs = (...more: string[]) => ['run', '--source', `sqlite:${file}`, '--dest', join(dest, 'backups'), ...more]
const backUp = (...more: string[]) => json<Run>(...runArgs(...more))
const from = () => ['--from', join(dest, 'backups')]

/** The backup of a run whose clock was off by this many days. */
async function stampAnew({ id, source }: Run, daysAhead: number): Promise<BackupId> {
  const stamped = createBackupId(new Date(systemClock.now().getTime() + daysAhead * DAY_MS), 'abcdef')
  const folder = (of: BackupId) => dirname(join(dest, 'backups', buildBackupKeys(source, of).manifest))
  await mkdir(dirname(folder(stamped)), { recursive: true })
  await rename(folder(id as BackupId), folder(stamped))
  for (const name of (await readdir(folder(stamped))).filter((each) => each.endsWith('.json'))) {
    const path = join(folder(stamped), name)
    const text = (await readFile(path, 'utf8')).replaceAll(id, stamped)
    await writeFile(path, text.replace(/app\/\d{4}\/\d{2}\//, stamped.replace(/^(\d{4})(\d{2}).*/, 'app/$1/$2/')))
  }
  await json('verify', stamped, ...from())
  return stamped
}

interface Plan {
  backups: { id: BackupId; state: string; action: string; reason: string }[]
}

test('a backup from the future stops the next run once, lets nothing expire, and does not count as fresh', async () => {
  const ahead = await stampAnew(await backUp(), 1_500)
  const refused = await hunter(...runArgs())
  expect(refused).toMatchObject({ status: 5, err: expect.stringContaining('CLOCK_SKEWED') })
  expect(refused.err).toContain(`the newest backup of app, ${ahead}, is 1,500 days newer than this machine's clock`)
  const first = await backUp('--allow-clock-skew')
  const second = await backUp()
  expect([first, second].map(({ manifest }) => manifest.sequence)).toEqual([2, 3])

  const listed = (await json<BackupEntry[]>('list', ...from())).filter(({ readable }) => readable) // no refused run
  expect(listed.map(({ id }) => id)).toEqual([second.id, first.id, ahead])
  expect((await hunter('list', ...from())).out).toMatch(/4 fingerprints equal, stamped 1,500 days ahead of now/)
  const counted = await hunter('stats', ...from(), '--json') // the refused run fails it
  const [stats] = JSON.parse(counted.out) as BackupStats[]
  expect(stats).toMatchObject({ fromFuture: 1, newestVerified: { id: second.id } })
  expect(stats?.newestVerified?.ageMs).toBeGreaterThanOrEqual(0)
  expect((await hunter('stats', ...from())).out).toMatch(/wrong clock +1 backup stamped in the future/)
  const backups = (await json<Plan>('cleanup', ...from())).backups.filter(({ state }) => state !== 'empty')
  expect(backups.map(({ id, action }) => [id, action])).toEqual(
    [second, first, { id: ahead }].map(({ id }) => [id, 'keep']),
  )
  expect(backups[2]?.reason).toContain('stamped 1,500 days ahead of now')
  expect(await hunter('show', ahead, ...from())).toMatchObject({
    status: 0,
    out: expect.stringContaining(', number 1'),
  })
})

test('a backup from a clock in the past still counts as the newest, and stays', async () => {
  const before = await backUp()
  const reset = await stampAnew(await backUp(), -1_000)
  const { backups } = await json<Plan>('cleanup', ...from())
  expect(backups.map(({ id, action }) => [id, action])).toEqual([
    [reset, 'keep'],
    [before.id, 'keep'],
  ])
  expect(backups[0]?.reason).toBe('the newest verified backup never expires')
})

describe('two sources of one name', () => {
  test('are kept apart: the second is refused, and needs its own name', async () => {
    await backUp()
    const first = file
    file = join(dest, 'b', 'app.db')
    await makeFile(file)
    const refused = await hunter(...runArgs())
    expect(refused).toMatchObject({ status: 5, err: expect.stringContaining('SOURCE_CHANGED') })
    expect(refused.err).toContain(`the backups of app belong to the file ${first} on`)
    expect(refused.err).toContain(`this is the file ${file} on`)
    expect(refused.err).toContain('--name')
    expect((await backUp('--name', 'other')).manifest).toMatchObject({ source: 'other', sequence: 1 })
    expect(
      await hunter('run', '--source', room.database.url, '--dest', join(dest, 'backups'), '--name', 'app'),
    ).toMatchObject({ status: 5, err: expect.stringContaining('SOURCE_CHANGED') })
  })

  test('become one after a move with --same-database, and the manifest names the former', async () => {
    await backUp()
    const first = file
    file = join(dest, 'moved', 'app.db')
    await mkdir(dirname(file))
    await copyFile(first, file)
    const { id, manifest } = await backUp('--same-database')
    expect(manifest).toMatchObject({
      sequence: 2,
      database: { file: { path: file, replaces: expect.stringContaining(first) } },
    })
    expect((await hunter('show', id, ...from())).out).toContain(`earlier backups of this name are of the file ${first}`)
    expect((await backUp()).manifest).toMatchObject({ sequence: 3 })
  })
})
