/** Tests the record that a run leaves in a real folder, and how it is read. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import { listBackups, listSources } from '#backups/store/catalog'
import { describeRun, listUnprovenRuns, readRecord, type RunWatch } from '#backups/operations/failed-runs'
import { createFileStore } from '#backups/store/file-store'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { recordFailure, recordRun, type RunRecord } from '#backups/operations/run-record'
import { AppError } from '#platform/errors'
import { getRunHost, watchRuns } from '#runtime/run-host'
import { TestClock } from '../../support/test-clock.ts'
import { manifestOf } from '../made-up.ts'

const START = '2026-11-20T03:00:00.000Z'
const HOUR_MS = 3_600_000

let root: string
let dir: string
let store: ObjectStore
let clock: TestClock
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hunter-run-record-'))
})
beforeEach(async () => {
  dir = await mkdtemp(join(root, 'place-'))
  store = createFileStore({ dir, randomHex: () => 'abcdef' })
  clock = new TestClock(START)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const idOf = (hour: number): BackupId => createBackupId(new Date(Date.UTC(2026, 10, 20, hour)), 'abcdef')
const about = (id = idOf(3)) => ({ id, source: 'shop', toolVersion: '1', host: 'db1', pid: 7 })
const read = (id = idOf(3)) => readRecord(store, buildBackupKeys('shop', id).run)
const failing = (error: unknown) => recordRun({ store, clock }, about(), () => Promise.reject(error))
const unreachable = () => new AppError('DATABASE_UNAVAILABLE', 'no answer from postgres://me:secret@db1/shop\nmore')

describe('a run', () => {
  test('writes its record before it does anything, and adds its end', async () => {
    const during = await recordRun({ store, clock }, about(), async () => {
      const begun = await read()
      clock.advanceMs(60_000)
      return begun
    })
    expect(during).toEqual({
      version: 1, backupId: idOf(3), source: 'shop', startedAt: START, host: 'db1', pid: 7, toolVersion: '1',
    }) // prettier-ignore
    expect(await read()).toEqual({ ...during, endedAt: '2026-11-20T03:01:00.000Z', outcome: 'done' })
  })

  test('that fails records code and reason in one line without passwords, and throws the original error', async () => {
    const error = unreachable()
    await expect(failing(error)).rejects.toBe(error)
    const reason = 'no answer from postgres://me:***@db1/shop'
    expect(await read()).toMatchObject({ outcome: 'failed', code: 'DATABASE_UNAVAILABLE', reason })
    await expect(failing('x'.repeat(9_000))).rejects.toHaveLength(9_000)
    expect(await read()).toMatchObject({ code: 'INTERNAL', reason: 'x'.repeat(500) })
  })

  test('that fails before it starts writes the same record', async () => {
    const error = unreachable()
    expect(await recordFailure({ store, clock }, about(), error)).toBe(error)
    expect(await read()).toMatchObject({ outcome: 'failed', startedAt: START, endedAt: START })
  })

  test('continues if the store accepts no record, and says so only if it fails', async () => {
    const full = { putJson: () => Promise.reject(new AppError('STORAGE_UNAVAILABLE', 'no space left')) }
    expect(await recordRun({ store: full, clock }, about(), async () => 'done')).toBe('done')
    const run = recordRun({ store: full, clock }, about(), () => Promise.reject(unreachable()))
    await expect(run).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('Hunter could not save a record of this run either: no space left'),
    })
    const bug = new Error('a bug')
    await expect(recordRun({ store: full, clock }, about(), () => Promise.reject(bug))).rejects.toBe(bug)
  })

  test('into a path that is not a folder says that it left no record', async () => {
    await writeFile(join(dir, 'file'), '')
    const place = createFileStore({ dir: join(dir, 'file', 'below'), randomHex: () => 'abcdef' })
    const run = recordRun({ store: place, clock }, about(), () => Promise.reject(unreachable()))
    await expect(run).rejects.toThrow(/could not save a record of this run either: .*ENOTDIR/)
  })
})

const watch = (isAlive: boolean | undefined, hoursLater = 1): RunWatch => {
  return { now: new Date(Date.parse(START) + hoursLater * HOUR_MS), isAlive: () => isAlive }
}

describe('a run without an end', () => {
  const begun: RunRecord = { version: 1, backupId: idOf(3), source: 'shop', startedAt: START, host: 'db1', pid: 7, toolVersion: '1' } // prettier-ignore
  const stateOf = (record: RunRecord, at: RunWatch) => describeRun(record, false, at)?.state

  test('counts as running while its process may exist, and as killed after a day or its time limit', () => {
    expect(stateOf(begun, watch(true))).toBe('running')
    expect(stateOf(begun, watch(undefined))).toBe('running')
    expect(stateOf(begun, watch(false))).toBe('did not end')
    expect(stateOf(begun, watch(true, 25))).toBe('did not end') // another process has its number now
    expect(stateOf({ ...begun, deadline: START }, watch(undefined))).toBe('did not end')
    expect(stateOf(begun, watch(undefined, -25))).toBe('did not end') // its clock was a day ahead
  })

  test('is not reported after it succeeded with a backup; if the backup is gone, its manifest is missing', () => {
    const done: RunRecord = { ...begun, endedAt: START, outcome: 'done' }
    expect(describeRun(done, true, watch(false))).toBeUndefined()
    expect(describeRun(done, false, watch(false))).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/missing/),
    })
  })

  test('is matched with the processes of this machine only', () => {
    const at = watchRuns(clock)
    expect(at.isAlive(getRunHost())).toBe(true)
    expect(at.isAlive({ ...getRunHost(), pid: 2 ** 22 + 1 })).toBe(false) // above what Linux numbers
    expect(at.isAlive({ host: 'another', pid: 1 })).toBeUndefined()
    expect(at.isAlive({ ...getRunHost(), pid: 1 })).toBe(true) // another user's process
  })
})

test('the newest hundred runs without a backup are read and the others counted; a broken record is ignored', async () => {
  await store.putJson(buildBackupKeys('shop', idOf(1)).manifest, manifestOf(idOf(1), 'shop'))
  for (const at of Array(103).keys()) {
    const id = createBackupId(new Date(Date.UTC(2026, 10, 21, 0, at)), 'abcdef')
    await recordFailure({ store, clock }, { ...about(id) }, unreachable())
  }
  const broken = await store.startUpload(buildBackupKeys('shop', idOf(23)).run, 'text/plain')
  await broken.complete()
  const entries = await listBackups(store, 'shop')
  expect(entries).toHaveLength(1)
  const { runs, more } = await listUnprovenRuns(store, { source: 'shop', entries }, watch(false))
  expect([runs.length, more, runs[0]?.startedAt]).toEqual([100, 4, START])
  expect(await readRecord(store, buildBackupKeys('shop', idOf(23)).run)).toBeUndefined()
  await expect(readRecord({ getJson: () => Promise.reject(unreachable()) }, 'run.json')).rejects.toThrow('no answer')
})

test('a name appears in the list even if every run under it failed', async () => {
  await recordFailure({ store, clock }, about(), unreachable())
  expect(await listSources(store)).toEqual(['shop'])
})
