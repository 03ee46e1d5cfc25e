import * as fc from '../../support/seeded.ts'
import { describe, expect, test } from 'vitest'
import { createBackupId } from '#backups/format/backup-id'
import {
  isFromFuture,
  mergeNewestFirst,
  computeMadeTimes,
  type Numbered,
  sortNewestFirst,
  formatSpan,
} from '#backups/store/series-order'

const NOW = new Date('2026-11-20T12:00:00Z')
const idAt = (at: string) => createBackupId(new Date(at), 'abcdef')
const entry = (at: string, sequence?: number): Numbered => ({ id: idAt(at), sequence })

describe('the order of a series', () => {
  test('follows the numbers, whatever the dates are', () => {
    const reset = entry('2024-01-01T00:00:00Z', 7)
    const before = entry('2026-11-19T00:00:00Z', 6)
    const ahead = entry('2031-01-01T00:00:00Z', 5)
    expect(sortNewestFirst([ahead, before, reset])).toEqual([reset, before, ahead])
  })

  test('puts manifests without a number, which are older, before all others', () => {
    const old = [entry('2026-11-01T00:00:00Z', 0), entry('2026-11-02T00:00:00Z', 0)]
    const reset = entry('2024-01-01T00:00:00Z', 1)
    expect(sortNewestFirst([...old, reset])).toEqual([reset, old[1], old[0]])
  })

  test('orders parallel runs of the same number by their ids', () => {
    const [first, second] = [entry('2026-11-19T00:00:00Z', 4), entry('2026-11-19T00:00:07Z', 4)]
    expect(sortNewestFirst([first, second])).toEqual([second, first])
  })

  test('orders folders without a manifest by their ids', () => {
    const numbered = [entry('2026-11-19T00:00:00Z', 2), entry('2026-11-17T00:00:00Z', 1)]
    const [newest, between, oldest] = ['2026-11-20T00:00:00Z', '2026-11-18T00:00:00Z', '2026-11-01T00:00:00Z'].map(
      (at) => entry(at),
    )
    const sorted = sortNewestFirst([oldest, ...numbered, newest, between] as Numbered[])
    expect(sorted).toEqual([newest, numbered[0], between, numbered[1], oldest])
  })

  test('does not depend on the order in which a store lists', () => {
    const some = fc.record({
      day: fc.integer({ min: 0, max: 3_000 }),
      sequence: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    })
    const several = fc.uniqueArray(some, { selector: ({ day }) => day, maxLength: 12 })
    const shuffled = several.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    )
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const numbered = ({ day, sequence }: (typeof list)[number]) =>
          entry(new Date(Date.UTC(2024, 0, 1 + day)).toISOString(), sequence)
        expect(sortNewestFirst(other.map(numbered))).toEqual(sortNewestFirst(list.map(numbered)))
      }),
    )
  })
})

test('several series merge into one list that keeps the order of each', () => {
  const [first, second] = [entry('2024-01-01T00:00:00Z', 9), entry('2026-11-19T00:00:00Z', 8)]
  const other = entry('2025-01-01T00:00:00Z', 1)
  expect(mergeNewestFirst([[first, second], [other], []])).toEqual([other, first, second])
})

describe('the time of a backup', () => {
  test('is never before the time of the previous one, so a clock that went back ages no backup', () => {
    const newestFirst = [
      entry('2024-01-01T00:00:00Z', 3),
      entry('2026-11-19T00:00:00Z', 2),
      entry('2026-11-18T00:00:00Z', 1),
    ]
    expect([...computeMadeTimes(newestFirst, NOW).values()].map((at) => at.toISOString().slice(0, 10))).toEqual([
      '2026-11-18',
      '2026-11-19',
      '2026-11-19',
    ])
  })

  test('is unknown for an id from the future, which does not affect other backups', () => {
    const ahead = entry('2031-01-01T00:00:00Z', 1)
    const real = entry('2026-11-19T00:00:00Z', 2)
    expect(computeMadeTimes([real, ahead], NOW)).toEqual(new Map([[real.id, new Date('2026-11-19T00:00:00Z')]]))
  })

  test('tolerates a difference of a few minutes between machines', () => {
    expect(isFromFuture(idAt('2026-11-20T12:05:00Z'), NOW)).toBe(false)
    expect(isFromFuture(idAt('2026-11-20T12:05:01Z'), NOW)).toBe(true)
  })
})

test('a span of time is printed in the largest suitable unit', () => {
  const HOUR_MS = 3_600_000
  expect([1_494 * 24, 47, 1.5, 1 / 60].map((hours) => formatSpan(hours * HOUR_MS))).toEqual([
    '1,494 days',
    '47 hours',
    '90 minutes',
    '1 minute',
  ])
})
