import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '#db/client'
import { AppError } from '#platform/errors'
import { checkMailHosts } from '#scans/check-mail-hosts'
import { observeAnew, observeDomain } from '#scans/observe-domain'
import { readCachedScan } from '#scans/cache/scan-cache'
import { normaliseDomain, normaliseMailHost } from '#signals/normalise'
import { type CountingRedis, createInstance, type Instance, startCountingRedis } from '../support/cached-scans.ts'
import { createFakeDns, type FakeDns } from '../support/fake-dns.ts'
import { TestClock } from '../support/test-clock.ts'

const clock = new TestClock()
/** No test here reads or writes the database. */
const db = {} as Database
let redis: CountingRedis
let dns: FakeDns
beforeAll(async () => void (redis = await startCountingRedis(clock)))
afterAll(() => redis.close())
beforeEach(() => {
  clock.advanceMs(48 * 3_600_000) // ends what the test before left in Redis
  dns = createFakeDns(
    {
      'firma.com.tr': { mx: ['mx1.firma.com.tr', 'mx2.firma.com.tr'] },
      'yalin.com.tr': { a: ['192.0.2.7'] },
      'kapali.com.tr': { mx: [''] },
      'bos.com.tr': { ns: ['ns1.firma.com.tr'] },
      'topal.com.tr': {},
      'bozuk.com.tr': { fails: 'SERVFAIL' },
      'yavas.com.tr': { failsFor: { mx: 'TIMEOUT' } },
      'yarim.com.tr': { failsFor: { a: 'SERVFAIL' } },
      'mail.firma.com.tr': {},
    },
    clock,
  )
})

const instance = (changes = {}): Instance => createInstance({ db, redis, dns, clock }, changes)
async function check(deps: Instance, ...names: string[]) {
  const facts = await checkMailHosts(deps, names.map(normaliseMailHost))
  return names.map((name) => [facts.get(name)?.state, facts.get(name)?.rcode])
}

it.each([
  ['firma.com.tr', 'mx', 'NOERROR'],
  ['yalin.com.tr', 'address-only', 'NOERROR'],
  ['kapali.com.tr', 'null-mx', 'NOERROR'],
  ['bos.com.tr', 'no-mail', 'NODATA'],
  ['mail.firma.com.tr', 'no-mail', 'NODATA'],
  ['yok.com.tr', 'no-domain', 'NXDOMAIN'],
  ['topal.com.tr', 'unknown', 'LAME'],
  ['bozuk.com.tr', 'unknown', 'SERVFAIL'],
  ['yavas.com.tr', 'unknown', 'TIMEOUT'],
  ['yarim.com.tr', 'unknown', 'SERVFAIL'],
])('returns for %s: %s, by %s', async (name, state, rcode) => {
  expect(await check(instance(), name)).toEqual([[state, rcode]])
})

it('takes one turn for each host, queries it once, and shares the answer for an hour', async () => {
  const [one, two] = [instance(), instance()]
  await check(one, 'firma.com.tr', 'firma.com.tr', 'yalin.com.tr')
  expect([one.turnsTaken(), dns.asked]).toEqual([2, ['firma.com.tr', 'yalin.com.tr', 'yalin.com.tr', 'yalin.com.tr']])
  clock.advanceMs(3_599_000)
  expect(await check(two, 'firma.com.tr', 'yalin.com.tr')).toEqual([
    ['mx', 'NOERROR'],
    ['address-only', 'NOERROR'],
  ])
  expect([two.turnsTaken(), dns.asked.length]).toEqual([0, 4])
  clock.advanceMs(2_000)
  await check(two, 'firma.com.tr')
  expect([two.turnsTaken(), dns.asked.length]).toEqual([1, 5])
})

it('queries a failed host again after a minute, and not earlier', async () => {
  const deps = instance()
  await check(deps, 'bozuk.com.tr')
  clock.advanceMs(59_000)
  expect(await check(deps, 'bozuk.com.tr')).toEqual([['unknown', 'SERVFAIL']])
  expect(dns.asked).toHaveLength(1)
  clock.advanceMs(2_000)
  dns.zone.set('bozuk.com.tr', { mx: ['mx.firma.com.tr'] })
  expect(await check(deps, 'bozuk.com.tr')).toEqual([['mx', 'NOERROR']])
})

it('answers from the cache of a scan, and forgets its own answer after a rescan of the domain', async () => {
  const deps = instance()
  const domain = normaliseDomain('firma.com.tr')
  const turnUntil = new Date(clock.now().getTime() + 1_000)
  await observeDomain(deps, domain, { turnUntil, recalled: await readCachedScan(deps, domain) })
  const turns = deps.turnsTaken()
  dns.asked.length = 0
  expect(await check(deps, 'firma.com.tr')).toEqual([['mx', 'NOERROR']])
  expect([deps.turnsTaken() - turns, dns.asked]).toEqual([0, []])
  dns.zone.set('firma.com.tr', { mx: [''] })
  await observeAnew(deps, domain, { turnUntil })
  expect(await check(deps, 'firma.com.tr')).toEqual([['null-mx', 'NOERROR']])
})

it('leaves a host unknown if its turn would come too late, and answers the others', async () => {
  let turns = 0
  const acquire = async () => {
    if ((turns += 1) > 1) throw new AppError('SCANS_BUSY', 'too many scans are waiting')
  }
  expect(await check(instance({ pacer: { acquire } }), 'firma.com.tr', 'yalin.com.tr')).toEqual([
    ['mx', 'NOERROR'],
    ['unknown', 'RATE_LIMITED'],
  ])
  expect(dns.asked).toEqual(['firma.com.tr'])
})

it('queries the DNS when Redis is down', async () => {
  const gone = createInstance({ db, redis: { url: 'http://127.0.0.1:9' }, dns, clock })
  expect(await check(gone, 'firma.com.tr', 'kapali.com.tr')).toEqual([
    ['mx', 'NOERROR'],
    ['null-mx', 'NOERROR'],
  ])
})
