import { expect, it } from 'vitest'
import { chooseTenant, findNoisy } from '#emulators/sqs/fair-order'
import { Queue } from '#emulators/sqs/queue'

/** A queue whose clock the test moves; `work` receives a message, holds it for this long and deletes it. */
function fairQueue(deadLetters?: { queue: Queue; maxReceives: number }) {
  let now = 0
  const queue = new Queue({ visibilityMs: 60_000, nowMs: () => now, ...(deadLetters && { deadLetters }) })
  const take = () => queue.receive(1)[0]
  return { queue, take, pass: (ms: number) => (now += ms) }
}

it('hands out a quiet tenant first, however many messages a noisy one has before it', () => {
  const { queue, take, pass } = fairQueue()
  for (let n = 0; n < 1_500; n += 1) queue.send(`a${n}`, 'a')
  const first = [take(), take()]
  expect(first.map((one) => one?.message.body)).toEqual(['a0', 'a1'])
  pass(5_000)
  for (const body of ['b0', 'b1']) queue.send(body, 'b')
  queue.send('alone')
  queue.remove(first[0]!.handle)
  expect(take()?.message.body).toBe('b0') // the only one of b that is quiet: it is busy from now on
  expect(take()?.message.body).toBe('b1')
  expect(take()?.message.body).toBe('alone')
  expect(take()?.message.body).toBe('a2')
})

it('shares the consumers among noisy tenants: the one with the fewest messages in flight goes first', () => {
  const { queue, take, pass } = fairQueue()
  for (let n = 0; n < 20; n += 1) queue.send(`a${n}`, 'a')
  for (let n = 0; n < 20; n += 1) queue.send(`b${n}`, 'b')
  take()
  pass(1_000)
  const groups = Array.from({ length: 10 }, () => {
    const received = take()
    pass(1_000)
    return received?.message.group
  })
  expect(groups.filter((group) => group === 'a').length).toBeGreaterThanOrEqual(4)
  expect(groups.filter((group) => group === 'b').length).toBeGreaterThanOrEqual(4)
})

it('treats a tenant as noisy above a tenth of the time, or of 30 messages in flight, as AWS does', () => {
  const tenants = (a: [number, number], b: [number, number]) => [
    { group: 'a', inFlight: a[0], busyMs: a[1] },
    { group: 'b', inFlight: b[0], busyMs: b[1] },
  ]
  expect([...findNoisy(tenants([30, 0], [1, 0]))]).toEqual(['a'])
  expect([...findNoisy(tenants([29, 0], [1, 0]))]).toEqual([])
  expect([...findNoisy(tenants([1, 900], [1, 100]))]).toEqual(['a'])
  expect([...findNoisy(tenants([1, 890], [1, 110]))]).toEqual(['a', 'b'])
  expect(chooseTenant([], [])).toBeUndefined()
})

it('keeps the group of a message that fails, returns, and becomes a dead letter', () => {
  const dead = new Queue({ visibilityMs: 0 })
  const { queue, take, pass } = fairQueue({ queue: dead, maxReceives: 2 })
  queue.send('bad', 'a')
  const first = take()
  expect(queue.hide(first!.handle, 5_000)).toBe(true)
  expect(take()).toBeUndefined()
  pass(5_000)
  expect(take()?.message).toMatchObject({ body: 'bad', group: 'a', receives: 2 })
  pass(60_000)
  expect(take()).toBeUndefined()
  expect(dead.receive(1)[0]?.message).toMatchObject({ body: 'bad', group: 'a' })
})
