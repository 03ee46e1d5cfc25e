import * as fc from '../support/seeded.ts'
import { expect, it } from 'vitest'
import { mergeSignals } from '#leads/merge-signals'
import type { Evidence } from '#signals/evidence'
import type { CnameChain, Dkim, Signals } from '#signals/signals'
import { absent, dkimOf, dmarcOf, mxTo, present, sampleSignals, spfOf, unanswered } from '../support/sample-signals.ts'

const EARLIER = '2026-11-19T00:00:00.000Z'
const LATER = '2026-11-21T00:00:00.000Z'
const good = sampleSignals('firma.com.tr', { at: EARLIER })

it('keeps an earlier answer if the new scan got none, and takes every new answer', () => {
  const merged = mergeSignals(
    good,
    sampleSignals('firma.com.tr', { at: LATER, mx: unanswered(LATER), dmarc: absent(LATER) }),
  )
  expect(merged.mx).toEqual(good.mx)
  expect(merged.dmarc).toEqual(absent(LATER))
  expect(merged.at).toBe(LATER)
})

it('keeps an SPF verdict when the same record could not be followed to its end this time', () => {
  const record = 'v=spf1 include:_spf.google.com -all'
  const half = present(spfOf(record, 'undetermined'), LATER)
  expect(mergeSignals(good, sampleSignals('firma.com.tr', { at: LATER, spf: half })).spf).toEqual(good.spf)

  const other = present(spfOf('v=spf1 include:elsewhere.net -all', 'undetermined'), LATER)
  expect(mergeSignals(good, sampleSignals('firma.com.tr', { at: LATER, spf: other })).spf).toEqual(other)
})

it('keeps what a DKIM selector held when that selector did not answer this time', () => {
  const target = 'selector1-firma._domainkey.firma.onmicrosoft.com'
  const name = 'selector1._domainkey.firma.com.tr'
  const whole = present(dkimOf(['selector1'], [{ selector: 'selector1', target }]), EARLIER)
  const merged = (later: Dkim) =>
    mergeSignals({ ...good, dkim: whole }, sampleSignals('firma.com.tr', { at: LATER, dkim: present(later, LATER) }))
      .dkim
  expect(merged(dkimOf(['selector1'], [], [name]))).toEqual(whole)
  expect(merged(dkimOf(['default'], [], [name, 'k1._domainkey.firma.com.tr']))).toMatchObject({
    at: LATER,
    value: {
      selectors: ['default', 'selector1'],
      targets: [{ selector: 'selector1', target }],
      unanswered: ['k1._domainkey.firma.com.tr'],
    },
  })
  const moved = dkimOf(['selector1'], [{ selector: 'selector1', target: 'keys.elsewhere.net' }])
  expect(merged(moved)).toMatchObject({ at: LATER, value: moved })
})

it('keeps a longer chain of names over one that broke off earlier, and takes one that leads elsewhere', () => {
  const chain = (targets: string[], unanswered: string[] = []) => ({ targets, addresses: [], loops: false, unanswered })
  const whole = present(chain(['a.net', 'autodiscover.outlook.com']), EARLIER)
  const merged = (later: CnameChain) => {
    const scan = sampleSignals('firma.com.tr', { at: LATER, autodiscover: present(later, LATER) })
    return mergeSignals({ ...good, autodiscover: whole }, scan).autodiscover
  }
  expect(merged(chain(['a.net'], ['a.net']))).toEqual(whole)
  expect(merged(chain(['b.net'], ['b.net']))).toMatchObject({ value: { targets: ['b.net'] } })
  expect(merged(chain(['a.net']))).toMatchObject({ value: { targets: ['a.net'] } })
})

it('drops a proof of absence that no longer holds, and keeps a key whose query failed', () => {
  const unproven = { ...unanswered(LATER), rcode: 'UNPROVEN' } as const
  const later = sampleSignals('firma.com.tr', { at: LATER, dkim: unproven })
  expect(mergeSignals({ ...good, dkim: absent(EARLIER) }, later).dkim).toEqual(unproven)
  const key = present(dkimOf(['google']), EARLIER)
  expect(mergeSignals({ ...good, dkim: key }, later).dkim).toEqual(key)
})

const times = fc.integer({ min: 0, max: 1_000 }).map((second) => new Date(second * 1_000).toISOString())
const scan: fc.Arbitrary<Signals> = times.chain((at) =>
  fc
    .record({
      mx: fc.constantFrom(present(mxTo('a.test'), at), absent(at), unanswered(at)),
      spf: fc.constantFrom(
        present(spfOf('v=spf1 -all'), at),
        present(spfOf('v=spf1 -all', 'undetermined'), at),
        unanswered(at),
      ),
      dmarc: fc.constantFrom(present(dmarcOf('reject'), at), absent(at), unanswered(at)),
      dkim: fc.constantFrom<Evidence<Dkim>>(present(dkimOf(['google']), at), absent(at), unanswered(at), {
        ...unanswered(at),
        rcode: 'UNPROVEN',
      }),
    })
    .map((signals) => sampleSignals('firma.com.tr', { at, ...signals })),
)

it('gives the same result whichever of two scans is saved first, so that a slow one cannot undo a newer one', () => {
  fc.assert(
    fc.property(scan, scan, (one, other) => {
      fc.pre(one.at !== other.at)
      expect(mergeSignals(one, other)).toEqual(mergeSignals(other, one))
    }),
  )
})

it('never holds less than either of the two', () => {
  fc.assert(
    fc.property(scan, scan, (one, other) => {
      const merged = mergeSignals(one, other)
      for (const name of ['mx', 'spf', 'dmarc'] as const) {
        const known = one[name].state !== 'unknown' || other[name].state !== 'unknown'
        expect(merged[name].state !== 'unknown').toBe(known)
      }
    }),
  )
})
