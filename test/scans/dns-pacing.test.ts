import { describe, expect, it } from 'vitest'
import type { LimitAnswer } from '#redis/limiter'
import { createPacer } from '#scans/dns-pacing'
import { TestClock } from '../support/test-clock.ts'

/** Allows `perSecond` in each whole second of the clock. */
function setUp(perSecond: number) {
  const clock = new TestClock()
  const used = new Map<number, number>()
  let asked = 0
  const limiter = {
    async limit(): Promise<LimitAnswer> {
      asked += 1
      const second = Math.floor(clock.now().getTime() / 1_000)
      const count = used.get(second) ?? 0
      const resetAt = new Date((second + 1) * 1_000)
      const allowed = count < perSecond
      if (allowed) used.set(second, count + 1)
      const retryAt = allowed ? clock.now() : resetAt
      return {
        allowed,
        limit: perSecond,
        remaining: perSecond - count,
        resetAt,
        retryAt,
        degraded: false,
        windowMs: 1_000,
      }
    },
  }
  const pacer = createPacer({ limiter, background: limiter, clock, pause: async (ms) => clock.advanceMs(ms) })
  const inMs = (ms: number) => new Date(clock.now().getTime() + ms)
  return { pacer, clock, used, inMs, asked: () => asked }
}

it('spreads the turns evenly by the limit, in order', async () => {
  const { pacer, used, inMs, asked } = setUp(10)
  const order: number[] = []
  const until = inMs(60_000)
  await Promise.all(Array.from({ length: 25 }, (_, n) => pacer.acquire(until).then(() => order.push(n))))
  expect([...used.values()]).toEqual([10, 10, 5])
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(asked()).toBe(27) // 25 turns and one refusal for each second that was full
})

it('fails at once if the turn would come too late, and says when to retry', async () => {
  const { pacer, inMs, clock } = setUp(1)
  await pacer.acquire(inMs(0))
  const before = clock.now()
  await expect(pacer.acquire(inMs(500))).rejects.toMatchObject({
    code: 'SCANS_BUSY',
    details: { retry_after_seconds: 1 },
  })
  expect(clock.now()).toEqual(before)
})

it('continues the queue after one caller gave up', async () => {
  const { pacer, inMs } = setUp(1)
  await pacer.acquire(inMs(0))
  const [impatient, patient] = [pacer.acquire(inMs(500)), pacer.acquire(inMs(5_000))]
  await expect(impatient).rejects.toMatchObject({ code: 'SCANS_BUSY' })
  await patient
})

it('lets groups take turns: one scan waits for only one of a group with a thousand in the queue', async () => {
  const { pacer, inMs } = setUp(10)
  const order: string[] = []
  const until = inMs(600_000)
  const take = (group: string) => pacer.acquire(until, undefined, group).then(() => order.push(group))
  const all = Array.from({ length: 1_000 }, () => take('big'))
  all.push(take('small'), take('small'), take('other'))
  await Promise.all(all)
  expect(order.slice(0, 6)).toEqual(['big', 'big', 'small', 'other', 'big', 'small'])
  expect(order).toHaveLength(1_003)
})

it('returns a retry time as long as the wait, because by then the queue is empty', async () => {
  const { pacer, inMs } = setUp(1)
  const waits = Array.from({ length: 8 }, () =>
    pacer.acquire(inMs(5_000)).then(
      () => 'turn',
      (error: unknown) => error,
    ),
  )
  const answers = await Promise.all(waits)
  expect(answers.filter((answer) => answer === 'turn')).toHaveLength(6)
  expect(answers.at(-1)).toMatchObject({ code: 'SCANS_BUSY', details: { retry_after_seconds: 5 } })
})

describe('the schedule', () => {
  const answer = (clock: TestClock, changes: Partial<LimitAnswer>): LimitAnswer => {
    const later = new Date(clock.now().getTime() + 1_000)
    const times = { resetAt: later, retryAt: later }
    return { allowed: true, limit: 5, remaining: 0, windowMs: 1_000, degraded: false, ...times, ...changes }
  }
  const setUpWith = (background: Partial<LimitAnswer>, paused = async () => undefined) => {
    const clock = new TestClock()
    const limiterOf = (changes: Partial<LimitAnswer>) => ({ limit: async () => answer(clock, changes) })
    const pause = async (ms: number) => (clock.advanceMs(ms), paused())
    const limiter = limiterOf({})
    const pacer = createPacer({ limiter, background: limiterOf(background), clock, pause })
    return { pacer, until: new Date(clock.now().getTime() + 5_000) }
  }

  it('gets no turn while people use their part, and does not hold up their line', async () => {
    const waiting = Promise.withResolvers<undefined>()
    const { pacer, until } = setUpWith({ allowed: false }, () => waiting.promise)
    const scheduled = pacer.acquire(until, undefined, 'schedule')
    await pacer.acquire(until, undefined, 'key:people')
    waiting.resolve(undefined)
    await expect(scheduled).rejects.toMatchObject({ code: 'SCANS_BUSY' })
  })

  it('gets no turn without Redis, because no instance knows what people use', async () => {
    const { pacer, until } = setUpWith({ degraded: true })
    await expect(pacer.acquire(until, undefined, 'schedule')).rejects.toMatchObject({ code: 'SCANS_BUSY' })
    await pacer.acquire(until, undefined, 'key:people')
  })
})
