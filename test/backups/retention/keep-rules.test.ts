import * as fc from '../../support/seeded.ts'
import { describe, expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import { hasRule, findKeepReasons } from '#backups/retention/keep-rules'
import { planRetention, type RetainedBackup } from '#backups/retention/plan'

const DAY_MS = 86_400_000
const NOW = new Date('2026-11-20T12:00:00Z')
const ISTANBUL = 'Europe/Istanbul'

const idOf = (daysAgo: number): BackupId => createBackupId(new Date(NOW.getTime() - daysAgo * DAY_MS), 'abcdef')
const kept = (ids: BackupId[], rules: Parameters<typeof findKeepReasons>[1]) =>
  [...findKeepReasons(ids, rules, ISTANBUL)].filter(([, reasons]) => reasons.length > 0).map(([id]) => id)

describe('keep rules', () => {
  const days = [...Array(100).keys()].map(idOf)

  test('keep the newest of each of the last periods', () => {
    expect(kept(days, { last: 2 })).toEqual([idOf(0), idOf(1)])
    expect(kept(days, { daily: 3 })).toEqual([idOf(0), idOf(1), idOf(2)])
    // 20 November 2026 is a Friday; weeks start on Sunday
    expect(kept(days, { weekly: 3 })).toEqual([idOf(0), idOf(6), idOf(13)])
    expect(kept(days, { monthly: 3 })).toEqual([idOf(0), idOf(20), idOf(51)])
  })

  test('keep the newest of several on a day, by the local calendar', () => {
    const late = createBackupId(new Date('2026-11-19T22:00:00Z'), 'abcdef') // 01:00 on the 20th in Istanbul
    const day = createBackupId(new Date('2026-11-19T12:00:00Z'), 'abcdef')
    expect(kept([idOf(0), late, day], { daily: 2 })).toEqual([idOf(0), day])
  })

  test('keep a backup if any of them does, each with its reason', () => {
    const reasons = findKeepReasons(days, { last: 1, daily: 2, monthly: 2 }, ISTANBUL)
    expect(reasons.get(idOf(0))).toEqual(['one of the last 1', 'the newest of 2026-11-20', 'the newest of 2026-11'])
    expect(reasons.get(idOf(1))).toEqual(['the newest of 2026-11-19'])
    expect(reasons.get(idOf(20))).toEqual(['the newest of 2026-10'])
  })

  test('count only periods with a backup, so a month without backups removes nothing', () => {
    expect(kept([idOf(40), idOf(41), idOf(42)], { daily: 3 })).toHaveLength(3)
  })

  test('that keep nothing are refused', () => {
    expect([hasRule({}), hasRule({ daily: 0 }), hasRule({ weekly: 1 })]).toEqual([false, false, true])
  })
})

const backup = (
  daysAgo: number,
  state: RetainedBackup['state'],
  more: Partial<RetainedBackup> = {},
): RetainedBackup => {
  return { id: idOf(daysAgo), of: 'data', state, objects: [], ...more }
}
const plan = (backups: RetainedBackup[], keep = {}) =>
  planRetention(backups, { now: NOW, timezone: ISTANBUL, keep: { daily: 2, ...keep } })

describe('a plan by these rules', () => {
  test('removes verified backups that no rule keeps, and names the rules that keep the others', () => {
    const planned = plan(
      [0, 1, 2, 3, 40].map((day) => backup(day, 'verified')),
      { monthly: 2 },
    )
    expect(planned.map(({ action }) => action)).toEqual(['keep', 'keep', 'remove', 'remove', 'keep'])
    expect(planned[1]).toMatchObject({ reason: 'the newest of 2026-11-19', expiresAt: undefined })
    expect(planned[2]).toMatchObject({ reason: 'no rule keeps it' })
    expect(planned[4]).toMatchObject({ reason: 'the newest of 2026-10' })
  })

  test('never removes the last verified backup, a pinned or unproven one, or one that is newer than the last proof', () => {
    const pinned = { reason: 'taken before …' }
    const planned = plan([backup(0, 'failed'), backup(1, 'unproven'), backup(90, 'verified'), backup(91, 'unproven'), backup(92, 'verified', { pinned })]) // prettier-ignore
    expect(planned.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep', 'keep'])
  })

  test('never counts a failed or pinned backup for a rule', () => {
    const pinned = { reason: 'taken before …' }
    const planned = plan([backup(0, 'verified', { pinned }), backup(1, 'failed'), backup(2, 'verified'), backup(3, 'verified'), backup(4, 'verified')]) // prettier-ignore
    expect(planned.map(({ action }) => action)).toEqual(['keep', 'keep', 'keep', 'keep', 'remove'])
  })

  test('keeps the newest verified backup under any rules, and a second run removes nothing more', () => {
    const states = fc.constantFrom<RetainedBackup['state']>('verified', 'failed', 'unproven', 'incomplete', 'empty')
    const some = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 800 }), states), { selector: ([day]) => day })
    const rule = fc.integer({ min: 0, max: 5 })
    fc.assert(
      fc.property(some, fc.record({ last: rule, daily: rule, weekly: rule, monthly: rule }), (made, keep) => {
        const backups = made.map(([day, state]) => backup(day, state))
        const planned = plan(backups, keep)
        const newest = planned.find(({ state }) => state === 'verified')
        expect(newest?.action ?? 'keep').toBe('keep')
        const left = backups.filter(({ id }) => planned.find((each) => each.id === id)?.action !== 'remove')
        expect(plan(left, keep).filter(({ action }) => action === 'remove')).toEqual([])
      }),
    )
  })
})
