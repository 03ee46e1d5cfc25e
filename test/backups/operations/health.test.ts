import { describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import type { Drill } from '#backups/operations/drill-report'
import { computeBackupHealth } from '#backups/operations/health'
import { buildDrillMetrics, buildHealthMetrics } from '#backups/operations/metrics'
import { formatEmfLine } from '#platform/metrics/emf'
import { TestClock } from '../../support/test-clock.ts'
import { manifestOf, proofOf } from '../made-up.ts'

const HOUR_MS = 3_600_000
const clock = new TestClock('2026-11-20T00:00:00Z')

function backup(hoursAgo: number, state: 'verified' | 'failed' | 'unproven' = 'verified'): BackupEntry {
  const id = createBackupId(new Date(clock.now().getTime() - hoursAgo * HOUR_MS), 'abcdef')
  const proof = state === 'unproven' ? undefined : { ...proofOf(id), verified: state === 'verified' }
  return { id, readable: true, manifest: manifestOf(id), proof, state }
}

function drill(daysAgo: number, passed: boolean): Drill {
  const startedAt = new Date(clock.now().getTime() - daysAgo * 24 * HOUR_MS).toISOString()
  const backupId = createBackupId(clock.now(), 'abcdef')
  return { version: 1, backupId, startedAt, passed, toolVersion: '0.0.0', ...(passed ? { totalMs: 42_000 } : {}) }
}

describe('health', () => {
  test('ends 26 hours after the newest verified backup if nothing runs', () => {
    const entries = [backup(0)]
    const later = new TestClock(clock.now())
    later.advanceMs(26 * HOUR_MS)
    expect(computeBackupHealth(entries, [], later.now())).toMatchObject({ ageHours: 26, isHealthy: true })
    later.advanceMs(1)
    expect(computeBackupHealth(entries, [], later.now()).isHealthy).toBe(false)
  })

  test('counts only verified backups', () => {
    const entries = [backup(1, 'unproven'), backup(2, 'failed'), backup(30)]
    expect(computeBackupHealth(entries, [], clock.now())).toMatchObject({ ageHours: 30, isHealthy: false })
    expect(computeBackupHealth(entries.slice(0, 2), [], clock.now())).toMatchObject({
      newestVerified: undefined,
      ageHours: undefined,
      isHealthy: false,
    })
  })

  test('ignores backups of settings alone', () => {
    const entry = backup(1)
    const manifest = { ...manifestOf(entry.id), kind: 'config', config: { files: [], warnings: [] } }
    const settings = { ...entry, manifest } as unknown as BackupEntry
    expect(computeBackupHealth([settings, backup(50)], [], clock.now())).toMatchObject({ ageHours: 50 })
  })

  test('reports the age of the last successful drill and, before the first, how long it is overdue', () => {
    expect(computeBackupHealth([backup(1)], [drill(9, true), drill(2, false)], clock.now()).drillAgeDays).toBe(9)
    expect(computeBackupHealth([backup(1), backup(72)], [], clock.now()).drillAgeDays).toBe(3)
    expect(computeBackupHealth([], [], clock.now()).drillAgeDays).toBeUndefined()
  })
})

describe('a wrong clock', () => {
  test('never makes a backup from the future count as fresh, and the age is never negative', () => {
    const health = computeBackupHealth([backup(-40_000), backup(30)], [], clock.now())
    expect(health).toMatchObject({ ageHours: 30, isHealthy: false, fromFuture: [backup(-40_000).id] })
    expect(computeBackupHealth([backup(-1)], [], clock.now())).toMatchObject({ ageHours: undefined, isHealthy: false })
    expect(computeBackupHealth([backup(-0.05)], [], clock.now())).toMatchObject({ ageHours: 0, fromFuture: [] })
  })

  test('never makes a backup younger than the store received it', () => {
    const modifiedAt = new Date(clock.now().getTime() - 40 * HOUR_MS)
    expect(computeBackupHealth([{ ...backup(1), modifiedAt }], [], clock.now())).toMatchObject({ ageHours: 40 })
    expect(computeBackupHealth([{ ...backup(41), modifiedAt }], [], clock.now())).toMatchObject({ ageHours: 41 })
  })

  test('never makes a drill count as fresh, either', () => {
    expect(computeBackupHealth([backup(1)], [drill(9, true), drill(-400, true)], clock.now()).drillAgeDays).toBe(9)
    const ofFuture = { ...drill(0, true), backupId: backup(-400).id }
    expect(computeBackupHealth([backup(48)], [ofFuture], clock.now()).drillAgeDays).toBe(2)
  })

  test('has its own metric', () => {
    const metrics = buildHealthMetrics(
      computeBackupHealth([backup(-40_000), backup(-41_000), backup(30)], [], clock.now()),
    )
    expect(metrics).toContainEqual({ name: 'BackupsFromFuture', unit: 'Count', value: 2 })
  })
})

test('a safety backup never counts as fresh, because it may contain any database', () => {
  const entry = backup(1)
  const pinned = { ...entry, manifest: { ...manifestOf(entry.id), pinned: 'for safety' } } as BackupEntry
  expect(computeBackupHealth([pinned, backup(50)], [], clock.now())).toMatchObject({ ageHours: 50 })
})

describe('metrics', () => {
  test('omit an unknown age, so that the alarm rings for missing data', () => {
    const none = { name: 'BackupsFromFuture', unit: 'Count', value: 0 }
    expect(buildHealthMetrics(computeBackupHealth([], [], clock.now()))).toEqual([none])
    expect(buildHealthMetrics(computeBackupHealth([backup(5, 'failed')], [], clock.now()))).toEqual([
      none,
      { name: 'LastDrillAgeDays', unit: 'None', value: 5 / 24 },
    ])
    expect(buildDrillMetrics(drill(1, false))).toEqual([])
  })

  test('are printed in the format that CloudWatch parses', () => {
    const metrics = buildDrillMetrics(drill(1, true))
    const line = formatEmfLine({ namespace: 'N', at: clock.now(), dimensions: { Stage: 's', Source: 'x' }, metrics })
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toEqual({
      _aws: {
        Timestamp: clock.now().getTime(),
        CloudWatchMetrics: [
          {
            Namespace: 'N',
            Dimensions: [['Stage', 'Source']],
            Metrics: [{ Name: 'RecoverySeconds', Unit: 'Seconds' }],
          },
        ],
      },
      Stage: 's',
      Source: 'x',
      RecoverySeconds: 42,
    })
  })
})
