import { expect, test } from 'vitest'
import { createBlockCache } from '#redis/block-cache'
import { TestClock } from '../support/test-clock.ts'

test('blocks until the millisecond before the given time', () => {
  const clock = new TestClock()
  const ids = createBlockCache(clock)
  const untilMs = clock.now().getTime() + 60_000
  ids.block('a', untilMs)
  clock.advanceMs(59_999)
  expect(ids.blockedUntil('a')).toBe(untilMs)
  clock.advanceMs(1)
  expect(ids.blockedUntil('a')).toBeUndefined()
  expect(ids.blockedUntil('b')).toBeUndefined()
})

test('evicts the oldest entry, so many callers do not fill the memory', () => {
  const clock = new TestClock()
  const ids = createBlockCache(clock)
  const untilMs = clock.now().getTime() + 60_000
  for (let i = 0; i < 10_000; i += 1) ids.block(`id-${i}`, untilMs)
  ids.block('id-0', untilMs) // now the newest
  ids.block('one more', untilMs)
  ids.block('and another', untilMs)
  expect(ids.blockedUntil('id-1')).toBeUndefined()
  for (const id of ['id-0', 'one more', 'and another']) expect(ids.blockedUntil(id)).toBe(untilMs)
})
