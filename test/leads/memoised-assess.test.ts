import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { overridesHash } from '#leads/overrides-hash'
import { createAssess } from '#leads/memoised-assess'
import { createMemoryCache } from '#platform/memory-cache'
import { FINGERPRINTS, type ProviderOverride } from '#signals/provider/fingerprints'
import { findBySuffix, matcherOf, matchesAt } from '#signals/provider/matcher'
import { registrableDomainOf } from '#signals/normalise'
import { judgedLead } from '../support/arbitrary-lead.ts'
import { mxTo, present, registrationOf, sampleSignals } from '../support/sample-signals.ts'
import { TestClock } from '../support/test-clock.ts'

function setUp() {
  const clock = new TestClock()
  const counted: string[] = []
  const count = (name: string, outcome: string) => void counted.push(`${name} ${outcome}`)
  return { clock, counted, assess: createAssess(createMemoryCache({ clock, entriesMax: 1_000, count })) }
}

const SUFFIXES = ['google.com', 'l.google.com', 'mx.yandex.net', 'firma.com.tr', 'mail.firma.com.tr', 'pphosted.com']
const overrides: fc.Arbitrary<ProviderOverride[]> = fc.uniqueArray(
  fc.record({
    suffix: fc.constantFrom(...SUFFIXES),
    signal: fc.constantFrom('mx' as const, 'spf' as const, 'ns' as const),
    providerId: fc.constantFrom('natro', 'google-workspace', 'microsoft-365', 'nobody'),
  }),
  { selector: ({ suffix, signal }) => `${signal} ${suffix}` },
)

it('judges every lead as it is judged without a memory, whatever was judged before', () => {
  const { assess } = setUp()
  const step = fc.tuple(
    judgedLead(),
    overrides,
    fc.constantFrom('2026-11-20T00:00:00.000Z', '2027-08-01T00:00:00.000Z'),
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      for (const [{ signals }, own, at] of steps) {
        expect(assess({ ...signals, at }, own)).toEqual(assessLead({ ...signals, at }, own))
      }
    }),
  )
})

it('knows of a mail domain all that can match below it, in the order that decides', () => {
  const suffixes = [...FINGERPRINTS.flatMap(({ mx }) => mx), ...SUFFIXES]
  const host = fc.tuple(fc.constantFrom('', 'a.', 'firma-com-tr.mail.', 'x.y.'), fc.constantFrom(...suffixes))
  fc.assert(
    fc.property(host, overrides, ([label, suffix], own) => {
      const name = `${label}${suffix}`
      const root = registrableDomainOf(name) ?? name
      expect(findBySuffix(matchesAt('mx', root, own), name)).toEqual(matcherOf(own)('mx', name))
    }),
    { numRuns: 500 },
  )
})

it('asks itself once about a mail domain and once about what decides a score', () => {
  const { assess, counted } = setUp()
  const scans = ['a', 'b'].map((label) => sampleSignals('firma.com.tr', { mx: present(mxTo(`${label}.l.google.com`)) }))
  for (const signals of scans) assess(signals)
  assess({ ...scans[0]!, at: '2026-11-20T01:00:00.000Z' })
  expect(counted).toEqual([
    'provider miss',
    'scoring miss',
    'provider hit',
    'scoring miss', // the evidence names another host
    'provider hit',
    'scoring hit',
  ])
})

it('does not take the score of an earlier day when the date of expiry has come near', () => {
  const { assess } = setUp()
  const registration = present(registrationOf({ expiresAt: '2027-01-10T00:00:00Z' }))
  const early = sampleSignals('firma.com.tr', { registration })
  const points = ['2026-11-20T00:00:00.000Z', '2026-12-20T00:00:00.000Z'].map(
    (at) => assess({ ...early, at }).score.value,
  )
  expect(points[1]).toBe(points[0]! - 5)
})

it('goes by an override at once, and keeps nothing longer than what it was made from', () => {
  const { assess, counted, clock } = setUp()
  const signals = sampleSignals('firma.com.tr')
  const untilMs = clock.now().getTime() + 60_000
  expect(assess(signals, [], untilMs).provider.mailbox.id).toBe('google-workspace')
  const own: ProviderOverride[] = [{ suffix: 'aspmx.l.google.com', signal: 'mx', providerId: 'natro' }]
  expect(assess(signals, own, untilMs).provider.mailbox.id).toBe('natro')
  counted.length = 0
  assess(signals, [], untilMs)
  clock.advanceMs(60_000)
  assess(signals, [])
  expect(counted).toEqual(['provider hit', 'scoring hit', 'provider hit', 'scoring miss'])
  clock.advanceMs(86_400_000)
  counted.length = 0
  assess(signals, [])
  expect(counted).toEqual(['provider miss', 'scoring miss'])
})

it('knows lists of overrides that say the same by one hash, whatever their order and their notes', () => {
  const [a, b] = [
    { suffix: 'a.com', signal: 'mx', providerId: 'natro' },
    { suffix: 'b.com', signal: 'ns', providerId: 'zoho' },
  ] as const satisfies ProviderOverride[]
  const hash = overridesHash([a, b])
  expect(overridesHash([{ ...b, note: 'x' } as ProviderOverride, a])).toBe(hash)
  for (const other of [[a], [a, { ...b, providerId: 'natro' }], [a, { ...b, signal: 'mx' as const }], []]) {
    expect(overridesHash(other)).not.toBe(hash)
  }
})
