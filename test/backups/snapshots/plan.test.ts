import * as fc from '../../support/seeded.ts'
import { expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import { BACKUP_TAG, type Snapshot, SOURCE_TAG } from '#backups/snapshots/start'
import { planSnapshots, SNAPSHOTS_KEPT } from '#backups/snapshots/plan'

const DAY_MS = 86_400_000
const FIRST = Date.UTC(2026, 7, 1)
const INPUT = { source: 'hunter', timezone: 'Europe/Istanbul' }

function snapshot(day: number, status = 'available', source = 'hunter'): Snapshot {
  const id = createBackupId(new Date(FIRST + day * DAY_MS), 'abcdef')
  return { identifier: `${source}-${day}`, status, tags: { [SOURCE_TAG]: source, [BACKUP_TAG]: id } }
}

const removed = (snapshots: Snapshot[]) =>
  planSnapshots(snapshots, INPUT)
    .filter(({ action }) => action === 'remove')
    .map(({ identifier }) => identifier)

test('keeps the newest seven, the first of four weeks and the first of three months', () => {
  const nights = Array.from({ length: 112 }, (_, day) => snapshot(day)) // 1 August to 20 November
  const kept = planSnapshots(nights, INPUT).filter(({ action }) => action === 'keep')
  expect(kept.map(({ backup, reason }) => [backup.slice(0, 8), reason])).toEqual([
    ...[20, 19, 18, 17, 16, 15, 14].map((day) => [`202611${day}`, 'among the newest 7']),
    ['20261108', 'the first of the week 2026-11-08'],
    ['20261101', 'the first of the month 2026-11'],
    ['20261025', 'the first of the week 2026-10-25'],
    ['20261001', 'the first of the month 2026-10'],
    ['20260901', 'the first of the month 2026-09'],
  ])
})

test('ignores foreign snapshots and unfinished ones', () => {
  const others: Snapshot[] = [
    ...Array.from({ length: 40 }, (_, day) => snapshot(day, 'available', 'other')),
    { identifier: 'by-hand', status: 'available', tags: {} },
    { identifier: 'odd', status: 'available', tags: { [SOURCE_TAG]: 'hunter', [BACKUP_TAG]: 'yesterday' } },
  ]
  const ours = Array.from({ length: 8 }, (_, day) => snapshot(day * 40, day === 0 ? 'creating' : 'available'))
  expect(planSnapshots([...others, ...ours], INPUT).map(({ identifier }) => identifier)).toEqual(
    ours.map(({ identifier }) => identifier).toReversed(),
  )
  expect(removed([...others, ...ours])).toEqual([])
})

test('uses the creation time from AWS instead of the time in the name', () => {
  const nights = Array.from({ length: 30 }, (_, day) => ({
    ...snapshot(day),
    createdAt: new Date(FIRST + day * DAY_MS),
  }))
  const stamped = (snapshot(0).tags[BACKUP_TAG] ?? '').replace('2026', '2031')
  const wrong = { ...nights[0], tags: { ...nights[0]?.tags, [BACKUP_TAG]: stamped }, identifier: 'wrong' } as Snapshot
  const ahead = Array.from({ length: 8 }, (_, at) => ({ ...wrong, identifier: `wrong-${at}` }))
  const kept = planSnapshots([...nights, ...ahead], INPUT).filter(({ action }) => action === 'keep')
  expect(kept.slice(0, 7).map(({ identifier }) => identifier)).toEqual(
    [29, 28, 27, 26, 25, 24, 23].map((day) => `hunter-${day}`),
  )
})

test('removes a failed snapshot only once a newer one is available', () => {
  expect(removed([snapshot(1), snapshot(2, 'failed')])).toEqual([])
  expect(removed([snapshot(1, 'failed'), snapshot(2, 'creating')])).toEqual([])
  expect(removed([snapshot(1, 'failed'), snapshot(2)])).toEqual(['hunter-1'])
})

test('keeps the last available snapshot, bounds the number and settles, for any snapshots', () => {
  const status = fc.constantFrom('available', 'available', 'available', 'creating', 'failed', 'deleting')
  const some = fc.uniqueArray(fc.tuple(fc.nat(500), status), { selector: ([day]) => day, maxLength: 100 })
  const trial = fc.check(
    fc.property(some, (days) => {
      const snapshots = days.map(([day, status]) => snapshot(day, status))
      const gone = new Set(removed(snapshots))
      const left = snapshots.filter(({ identifier }) => !gone.has(identifier))
      const available = left.filter(({ status }) => status === 'available')
      const newest = Math.max(...days.filter(([, status]) => status === 'available').map(([day]) => day))
      const { daily, weekly, monthly } = SNAPSHOTS_KEPT
      return (
        (newest === -Infinity || available.some(({ identifier }) => identifier === `hunter-${newest}`)) &&
        available.length <= daily + weekly + monthly &&
        removed(left).length === 0
      )
    }),
  )
  expect(fc.defaultReportMessage(trial)).toBeUndefined()
})
