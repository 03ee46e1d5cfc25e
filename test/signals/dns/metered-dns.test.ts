import { expect, it } from 'vitest'
import { meterDns, QUESTIONS_AT_ONCE } from '#signals/dns/metered-dns'
import { createFakeDns } from '../../support/fake-dns.ts'

const until = new AbortController().signal

it('asks the same question once, few at a time, and counts', async () => {
  const fake = createFakeDns({ 'firma.com.tr': { txt: ['one'], a: ['192.0.2.1'] } })
  let open = 0
  let most = 0
  fake.onAsk = async () => {
    most = Math.max(most, (open += 1))
    await new Promise(setImmediate)
    open -= 1
  }
  const dns = meterDns(fake)
  const [first, again] = await Promise.all([dns.txt('firma.com.tr', until), dns.txt('firma.com.tr', until)])
  expect(again).toBe(first)
  await dns.a('firma.com.tr', until)
  expect([dns.asked(), fake.asked.length]).toEqual([2, 2])
  await Promise.all(Array.from({ length: 100 }, (_, at) => dns.txt(`${at}.firma.com.tr`, until)))
  expect([most, dns.asked()]).toEqual([QUESTIONS_AT_ONCE, 102])
})
