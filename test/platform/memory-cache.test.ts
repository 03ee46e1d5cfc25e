import { expect, it } from 'vitest'
import { createMemoryCache, type MemoryKind } from '#platform/memory-cache'
import { TestClock } from '../support/test-clock.ts'

const kind: MemoryKind = { name: 'provider', version: 1, ttlMs: 60_000 }

function setUp(entriesMax = 100) {
  const clock = new TestClock()
  const counted: string[] = []
  const memory = createMemoryCache({
    clock,
    entriesMax,
    count: (name, outcome) => void counted.push(`${name} ${outcome}`),
  })
  let made = 0
  const recall = (id: string, untilMs?: number, of = kind) => memory.remember(of, id, () => (made += 1), untilMs)
  return { clock, counted, recall, nowMs: () => clock.now().getTime() }
}

it('makes once what is asked for twice, and counts both', () => {
  const { recall, counted } = setUp()
  expect([recall('a').value, recall('a').value, recall('b').value]).toEqual([1, 1, 2])
  expect(counted).toEqual(['provider miss', 'provider hit', 'provider miss'])
})

it('ends an entry with its own life, or with what it was made from, whichever is first', () => {
  const { recall, clock, nowMs } = setUp()
  recall('own')
  expect(recall('input', nowMs() + 10_000).untilMs).toBe(nowMs() + 10_000)
  clock.advanceMs(10_000)
  expect([recall('own').value, recall('input').value]).toEqual([1, 3])
  clock.advanceMs(50_000)
  expect(recall('own').value).toBe(4)
})

it('keeps nothing whose inputs have ended', () => {
  const { recall, nowMs } = setUp()
  expect([recall('a', nowMs()).value, recall('a', nowMs() - 1).value]).toEqual([1, 2])
})

it('trusts no entry of a time to come when the clock is set back', () => {
  const { recall, clock } = setUp()
  recall('a')
  clock.advanceMs(-3_600_000)
  expect(recall('a').value).toBe(2)
})

it('forgets what was not used for the longest time when it is full', () => {
  const { recall } = setUp(2)
  for (const id of ['a', 'b', 'a', 'c']) recall(id)
  expect([recall('a').value, recall('c').value, recall('b').value]).toEqual([1, 3, 4])
})

it('keeps kinds and versions apart', () => {
  const { recall } = setUp()
  recall('a')
  expect(recall('a', undefined, { ...kind, version: 2 }).value).toBe(2)
  expect(recall('a', undefined, { ...kind, name: 'scoring' }).value).toBe(3)
})
