import { expect, test } from 'vitest'
import { BlockedIds } from '#redis/block-cache'
import { TestClock } from '../support/test-clock.ts'

test('blocks no longer than a token takes to come free', () => {
  const clock = new TestClock()
  const ids = new BlockedIds(clock, 100)
  ids.set('late', clock.now().getTime() + 60_000)
  ids.set('soon', clock.now().getTime() + 10)
  expect(ids.get('late')).toBe(clock.now().getTime() + 99)
  expect(ids.get('soon')).toBe(clock.now().getTime() + 10)
})

test('forgets the oldest, so that many callers do not fill the memory', () => {
  const ids = new BlockedIds(new TestClock(), 100)
  for (let i = 0; i < 10_000; i += 1) ids.set(`id-${i}`, 0)
  ids.set('id-0', 0) // now the newest
  ids.set('one more', 0)
  ids.set('and another', 0)
  expect(ids.size).toBeLessThanOrEqual(10_000)
  expect(ids.has('id-1')).toBe(false)
  expect([ids.has('id-0'), ids.has('one more'), ids.has('and another')]).toEqual([true, true, true])
})
