import { expect, test } from 'vitest'
import { newBackupId } from '#backups/backup-id'
import type { BackupEntry } from '#backups/catalog'
import type { Drill } from '#backups/drill-report'
import { backupStats } from '#backups/stats'
import { manifestOf, proofOf } from './made-up.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const DAY_MS = 86_400_000

function backup(daysAgo: number, rawBytes: number, verified: boolean | undefined, restoreMs = 1_000): BackupEntry {
  const id = newBackupId(new Date(NOW.getTime() - daysAgo * DAY_MS), 'abcdef')
  const made = manifestOf(id)
  const manifest = { ...made, object: { ...made.object, rawBytes, gzipBytes: rawBytes / 10 } }
  if (verified === undefined) return { id, readable: true, manifest, proof: undefined, state: 'unproven' }
  const proof = { ...proofOf(id), verified, restoreMs }
  return { id, readable: true, manifest, proof, state: verified ? 'verified' : 'failed' }
}

function drill(totalMs: number | undefined): Drill {
  const common = { version: 1, backupId: newBackupId(NOW, 'abcdef'), startedAt: NOW.toISOString() } as const
  return { ...common, passed: totalMs !== undefined, toolVersion: '0', ...(totalMs === undefined ? {} : { totalMs }) }
}

test('counts, sums and measures; an unreadable one has failed and no size', () => {
  const unreadable: BackupEntry = {
    id: newBackupId(new Date(NOW.getTime() - 15 * DAY_MS), 'abcdef'),
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
  expect(backupStats(entries, [drill(10_000), drill(undefined), drill(40_000), drill(20_000)], NOW)).toEqual({
    backups: 7,
    verified: 4,
    failed: 2,
    unproven: 1,
    proofRate: 4 / 6,
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

test('says nothing of what is not known', () => {
  const zero = { backups: 0, verified: 0, failed: 0, unproven: 0, storedBytes: 0, drills: 0, drillsFailed: 0 }
  expect(backupStats([], [], NOW)).toEqual(zero)
  const young = backupStats([backup(0, 10, undefined), backup(0.9, 5, undefined)], [drill(undefined)], NOW)
  expect(young).not.toHaveProperty('growthBytesPerDay')
  expect(young).not.toHaveProperty('proofRate')
  expect(young).not.toHaveProperty('newestVerified')
  expect(young).not.toHaveProperty('recovery')
})
