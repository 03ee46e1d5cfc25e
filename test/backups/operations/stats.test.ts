import { expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { Drill } from '#backups/operations/drill-report'
import type { UnprovenRun, UnprovenRuns } from '#backups/operations/failed-runs'
import { computeBackupStats, isAllProven } from '#backups/operations/stats'
import { manifestOf, proofOf } from '../made-up.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const DAY_MS = 86_400_000

function backup(daysAgo: number, rawBytes: number, verified: boolean | undefined, restoreMs = 1_000): BackupEntry {
  const id = createBackupId(new Date(NOW.getTime() - daysAgo * DAY_MS), 'abcdef')
  const made = manifestOf(id)
  const manifest = { ...made, object: { ...made.object, rawBytes, gzipBytes: rawBytes / 10 } }
  if (verified === undefined) return { id, readable: true, manifest, proof: undefined, state: 'unproven' }
  const proof = { ...proofOf(id), verified, restoreMs }
  return { id, readable: true, manifest, proof, state: verified ? 'verified' : 'failed' }
}

function drill(totalMs: number | undefined): Drill {
  const common = { version: 1, backupId: createBackupId(NOW, 'abcdef'), startedAt: NOW.toISOString() } as const
  return { ...common, passed: totalMs !== undefined, toolVersion: '0', ...(totalMs === undefined ? {} : { totalMs }) }
}

const NO_RUNS: UnprovenRuns = { runs: [], more: 0 }
const statsOf = (entries: BackupEntry[], drills: Drill[], runs = NO_RUNS) =>
  computeBackupStats({ entries, drills, runs, now: NOW })

test('counts, sums and measures; an unreadable backup counts as failed, without a size', () => {
  const unreadable: BackupEntry = {
    id: createBackupId(new Date(NOW.getTime() - 15 * DAY_MS), 'abcdef'),
    readable: false,
    reason: 'not JSON',
    state: 'failed',
  }
  const entries = [
    backup(0, 4_000, undefined),
    backup(1, 3_900, true, 3_000),
    backup(2, 3_800, false, 9_000),
    backup(10, 3_000, true, 1_000),
    unreadable,
    backup(20, 2_000, true, 2_000),
    backup(31, 10, true, 2_000), // too old for the growth
  ]
  expect(statsOf(entries, [drill(10_000), drill(undefined), drill(40_000), drill(20_000)])).toEqual({
    backups: 7,
    verified: 4,
    failed: 2,
    unproven: 1,
    runsFailed: 0,
    proofRate: 4 / 7,
    fromFuture: 0,
    storedBytes: 1_671,
    newest: { id: entries[0]?.id, rawBytes: 4_000, storedBytes: 400, durationMs: 1_000 },
    growthBytesPerDay: 100,
    newestVerified: { id: entries[1]?.id, ageMs: DAY_MS },
    proofRestoreMsMedian: 2_000,
    drills: 4,
    drillsFailed: 1,
    recovery: { lastMs: 20_000, medianMs: 20_000, longestMs: 40_000 },
  })
})

test('never treats a backup from the future as the newest, and no age is negative', () => {
  const entries = [backup(-1_500, 9_000, true), backup(1, 4_000, true), backup(3, 3_000, true)]
  expect(statsOf(entries, [])).toMatchObject({
    backups: 3,
    fromFuture: 1,
    newest: { id: entries[1]?.id },
    newestVerified: { id: entries[1]?.id, ageMs: DAY_MS },
    growthBytesPerDay: 500,
  })
  expect(statsOf([backup(-0.001, 1, true)], []).newestVerified?.ageMs).toBe(0)
})

test('leaves out unknown figures', () => {
  const zero = {
    backups: 0,
    verified: 0,
    failed: 0,
    unproven: 0,
    runsFailed: 0,
    fromFuture: 0,
    storedBytes: 0,
    drills: 0,
    drillsFailed: 0,
  }
  expect(statsOf([], [])).toEqual(zero)
  const young = statsOf([backup(0, 10, undefined), backup(0.9, 5, undefined)], [drill(undefined)])
  expect(young).not.toHaveProperty('growthBytesPerDay')
  expect(young.proofRate).toBe(0)
  expect(young).not.toHaveProperty('newestVerified')
  expect(young).not.toHaveProperty('recovery')
})

test('unproven backups and failed runs lower the proof rate', () => {
  const half = statsOf(
    [...Array(12).keys()].map((day) => backup(day, 10, day < 6 ? true : undefined)),
    [],
  )
  expect(half).toMatchObject({ verified: 6, unproven: 6, proofRate: 0.5 })
  expect(isAllProven(half)).toBe(false)

  const run = (state: UnprovenRun['state'], hasBackup = false): UnprovenRun => {
    const id = createBackupId(NOW, 'abcdef')
    return { id, source: 'shop', startedAt: NOW.toISOString(), host: 'db1', state, hasBackup, reason: state }
  }
  const runs = { runs: [run('running'), run('did not end'), run('failed'), run('failed', true)], more: 5 }
  const failing = statsOf([backup(0, 10, true)], [], runs)
  expect(failing).toMatchObject({ runsFailed: 7, lastFailedRun: { reason: 'did not end' }, proofRate: 1 / 8 })
  expect(isAllProven(failing)).toBe(false)
  expect(isAllProven(statsOf([backup(0, 10, true)], [], { runs: [run('running')], more: 0 }))).toBe(true)
  expect(isAllProven(statsOf([], []))).toBe(false)
})
