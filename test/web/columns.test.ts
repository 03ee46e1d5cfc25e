import { expect, it } from 'vitest'
import { PRIORITIES, SEGMENTS, choosePriority } from '#leads/score/segment'
import { chooseLabels, chooseTop, drawColumns } from '#web/dashboard/columns'
import { PRIORITY_FILTERS } from '#web/dashboard/links'
import * as fc from '../support/seeded.ts'

it('a priority leads to the leads that have it, and to no others', () => {
  expect(PRIORITY_FILTERS).toHaveLength(PRIORITIES.length)
  for (const segment of SEGMENTS)
    for (let score = segment === 'Migration' ? 60 : 0; score <= 100; score += 1) {
      const matching = PRIORITY_FILTERS.flatMap(({ score_min: min = 0, score_max: max = 100, ...filter }, at) =>
        filter.segment === segment && score >= min && score <= max ? [at + 1] : [],
      )
      expect([segment, score, matching]).toEqual([segment, score, [choosePriority(segment, score)]])
    }
})

it('an axis ends at a round number that is not far above the largest value', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000_000)), (values) => {
      const top = chooseTop(values)
      const most = Math.max(1, ...values)
      expect(Number.isInteger(top) && top >= most && top <= 2 * most).toBe(true)
    }),
  )
  expect([[], [3], [11], [27], [824]].map(chooseTop)).toEqual([1, 3, 12, 30, 1_000])
})

it('labels name the last day, and never overlap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 365 }), fc.integer({ min: 1, max: 2_000 }), (count, width) => {
      const labels = chooseLabels(count, width, 64)
      expect(labels.at(-1)).toBe(count - 1)
      const steps = labels.slice(1).map((at, index) => at - (labels[index] ?? 0))
      expect(steps.every((step) => (step * width) / count >= 64)).toBe(true)
    }),
  )
})

it('a day without work has no column, and a little work can be seen', () => {
  const path = drawColumns([0, 1, 10_000], { width: 300, height: 100, top: 10_000 })
  expect(path).toBe('M132 100V99H168V100ZM232 100V0H268V100Z')
})
