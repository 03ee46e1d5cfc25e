import { expect, it } from 'vitest'
import { createFlights } from '#platform/async/single-flight'

function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let begun = 0
  return { run: () => ((begun += 1), promise), resolve, reject, begun: () => begun }
}

it('does the work once for a hundred concurrent callers, and again for a later one', async () => {
  const flights = createFlights<string>()
  const one = work()
  const callers = Array.from({ length: 100 }, () => flights.join('a', 1_000, one.run))
  expect(one.begun()).toBe(1)
  one.resolve('done')
  expect(new Set(await Promise.all(callers))).toEqual(new Set(['done']))
  await flights.join('a', 1_000, one.run)
  expect(one.begun()).toBe(2)
})

it('passes a failure to the waiting callers and does not cache it', async () => {
  const flights = createFlights<string>()
  const [one, two] = [work(), work()]
  const waiting = [flights.join('a', 1_000, one.run), flights.join('a', 1_000, one.run)]
  one.reject(new Error('gone'))
  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  two.resolve('fine')
  expect(await flights.join('a', 1_000, two.run)).toBe('fine')
})

it('delays no caller for longer than its own deadline', async () => {
  const flights = createFlights<string>()
  const [slow, own] = [work(), work()]
  const patient = flights.join('a', 60_000, slow.run)
  const hurried = flights.join('a', 5_000, own.run)
  own.resolve('own')
  expect(await hurried).toBe('own')
  const late = flights.join('a', 60_000, own.run)
  slow.resolve('shared')
  expect(await Promise.all([patient, late])).toEqual(['shared', 'shared'])
})

it('lets later callers join restarted work, even after the older work has ended', async () => {
  const flights = createFlights<string>()
  const [old, anew, none] = [work(), work(), work()]
  const before = flights.join('a', 1_000, old.run)
  const begun = flights.start('a', 1_000, anew.run)
  old.resolve('old')
  expect(await before).toBe('old')
  const after = flights.join('a', 1_000, none.run)
  anew.resolve('anew')
  expect(await Promise.all([begun, after])).toEqual(['anew', 'anew'])
  expect(none.begun()).toBe(0)
})
