import { describe, expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { CHECK_EVERY_DAYS, planChecks } from '#backups/operations/check-plan'
import { findDamaged } from '#backups/operations/damaged'
import { TestClock } from '../../support/test-clock.ts'
import { manifestOf, proofOf } from '../made-up.ts'

const DAY_MS = 86_400_000
const NOW = new Date('2026-11-20T00:00:00Z')
const idOf = (daysAgo: number) => createBackupId(new Date(NOW.getTime() - daysAgo * DAY_MS), 'abcdef')

interface Read {
  provenDaysAgo: number
  checkedDaysAgo?: number
  bytes?: number
}

function entryOf({ provenDaysAgo, checkedDaysAgo, bytes = 1_000 }: Read): BackupEntry {
  const id = idOf(provenDaysAgo)
  const made = manifestOf(id)
  const manifest = { ...made, object: { ...made.object, gzipBytes: bytes } }
  const entry = { id, readable: true, manifest, proof: proofOf(id), state: 'verified' } as const
  if (checkedDaysAgo === undefined) return entry
  const checkedAt = new Date(NOW.getTime() - checkedDaysAgo * DAY_MS).toISOString()
  const rest = {
    version: 1,
    backupId: id,
    manifestSha256: '',
    passed: true,
    bytes,
    durationMs: 1,
    toolVersion: '0',
  } as const
  return { ...entry, check: { ...rest, checkedAt } }
}

describe('a daily check reads', () => {
  test('no backup that a check or a proof read within a week', () => {
    const entries = [entryOf({ provenDaysAgo: 2 }), entryOf({ provenDaysAgo: 30, checkedDaysAgo: 6 })]
    expect(planChecks(entries, NOW)).toEqual([])
  })

  test('the backup that was read longest ago first, and no more than the daily share', () => {
    const entries = [40, 30, 50, 20].map((provenDaysAgo) => entryOf({ provenDaysAgo }))
    expect(planChecks(entries, NOW)).toEqual([idOf(50)])
    const many = Array.from({ length: 28 }, (_, index) => entryOf({ provenDaysAgo: 60 + index }))
    expect(planChecks(many, NOW)).toEqual([87, 86, 85, 84].map(idOf))
  })

  test('nothing more once the daily share was checked, whatever the nightly proofs read', () => {
    const due = entryOf({ provenDaysAgo: 40 })
    expect(planChecks([due, entryOf({ provenDaysAgo: 30, checkedDaysAgo: 0.5 })], NOW)).toEqual([])
    expect(planChecks([due, entryOf({ provenDaysAgo: 0.5, bytes: 9_000 })], NOW)).toEqual([due.id])
  })

  test('no backup that is damaged, failed or unproven', () => {
    const failed = { ...entryOf({ provenDaysAgo: 30 }), state: 'failed' } as BackupEntry
    const damaged: BackupEntry = { id: idOf(31), readable: false, reason: 'gone', state: 'failed' }
    expect(planChecks([failed, damaged], NOW)).toEqual([])
  })
})

test('every backup is read once a week over many weeks, whatever their sizes', () => {
  const clock = new TestClock(NOW.toISOString())
  const sizes = [9_000, 1, 500, 500, 2_000, 7, 1_000, 1_000]
  const lastRead = new Map<number, number>(sizes.map((_, index) => [index, -40]))
  const gaps: number[] = []
  for (let hour = 0; hour < 24 * 60; hour += 4) {
    const now = clock.now()
    const entries = sizes.map((bytes, index): BackupEntry => {
      const id = createBackupId(new Date(NOW.getTime() - (100 + index) * DAY_MS), 'abcdef')
      const made = manifestOf(id)
      const checkedAt = new Date(NOW.getTime() + (lastRead.get(index) as number) * DAY_MS).toISOString()
      const rest = {
        version: 1,
        backupId: id,
        manifestSha256: '',
        passed: true,
        bytes,
        durationMs: 1,
        toolVersion: '0',
      }
      const manifest = { ...made, object: { ...made.object, gzipBytes: bytes } }
      return {
        id,
        readable: true,
        manifest,
        proof: proofOf(id),
        state: 'verified',
        check: { ...rest, version: 1, checkedAt },
      }
    })
    for (const id of planChecks(entries, now)) {
      const index = entries.findIndex((entry) => entry.id === id)
      if (hour > 24 * 21) gaps.push(hour / 24 - (lastRead.get(index) as number))
      lastRead.set(index, hour / 24)
    }
    clock.advanceMs(4 * 3_600_000)
  }
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(CHECK_EVERY_DAYS)
  expect(Math.max(...gaps)).toBeLessThan(2 * CHECK_EVERY_DAYS)
})

describe('damage', () => {
  const damaged = (daysAgo: number, what: 'gone' | 'size'): BackupEntry => ({
    id: idOf(daysAgo),
    readable: false,
    reason: what,
    state: 'failed',
    damage: { reason: what, what },
  })
  const found = (...entries: BackupEntry[]): BackupId[] => findDamaged('shop', entries, NOW).map(({ id }) => id)

  test('is an object that differs from what was written, however old', () => {
    expect(found(damaged(300, 'size'), damaged(3, 'size'), entryOf({ provenDaysAgo: 1 }))).toEqual([idOf(300), idOf(3)])
  })

  test('is an object that is missing before a lifecycle rule may remove it, and not one that it removed', () => {
    expect(found(damaged(29, 'gone'), damaged(30, 'gone'))).toEqual([idOf(29)])
  })
})
