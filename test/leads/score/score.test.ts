import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { type LeadExtras, NO_EXTRAS, type Score, scoreLead } from '#leads/score/score'
import type { Evidence } from '#signals/evidence'
import { identifyProvider } from '#signals/provider/identify-provider'
import type { CnameChain, Dkim, Dmarc, Mx, Ns, Registration, Signals, Spf } from '#signals/signals'
import {
  absent,
  AT,
  dkimOf,
  dmarcOf,
  mxTo,
  present,
  registrationOf,
  sampleSignals,
  spfOf,
  unanswered,
} from '../../support/sample-signals.ts'

const CO_SELL: LeadExtras = { referral: 'co-sell', tenantId: null }

function score(changes: Partial<Signals>, extras = NO_EXTRAS): Score {
  const signals = sampleSignals('firma.com.tr', changes)
  return scoreLead(signals, identifyProvider(signals), extras)
}

const lineOf = ({ breakdown }: Score, group: string) => breakdown.find(({ rule }) => rule.startsWith(`${group}.`))

const expires = (expiresAt: string | null): Evidence<Registration> => present(registrationOf({ expiresAt }))
const selectors = (...names: string[]): Evidence<Dkim> => present(dkimOf(names))
const undetermined: Evidence<Spf> = present({ ...spfOf('v=spf1 -all', 'undetermined'), unanswered: ['a.net'] })
const unusable: Evidence<Dmarc> = present({ ...dmarcOf('none'), policy: null, effectivePolicy: null })

/** Everything answered, at the given strength. */
const settled: Partial<Signals> = { dkim: selectors('s1'), registration: expires('2030-01-01T00:00:00.000Z') }

describe('the rules, version 1', () => {
  it.each<[string, Partial<Signals>, number]>([
    ['Microsoft 365', { mx: present(mxTo('firma-com-tr.mail.protection.outlook.com')) }, 50],
    ['Google', { mx: present(mxTo('aspmx.l.google.com')) }, 50],
    ['another mailbox', { mx: present(mxTo('mx.yandex.net')) }, 30],
    ['hosting', { mx: present(mxTo('mx1.hostinger.com')) }, 20],
    ['own server', { mx: present(mxTo('mail.firma.com.tr')), dkim: absent() }, 15],
    ['no mail', { mx: absent() }, 0],
  ])('give %s its points', (_, changes, points) => {
    expect(lineOf(score(changes), 'provider')).toMatchObject({ points, min: points, max: points })
  })

  it.each<[string, Partial<Signals>, string, number]>([
    ['valid SPF', { spf: present(spfOf('v=spf1 -all')) }, 'spf.valid', 10],
    ['broken SPF', { spf: present(spfOf('v=spf1 -all', 'broken')) }, 'spf.broken', -5],
    ['no SPF', { spf: absent() }, 'spf.absent', -10],
    ['DKIM', { dkim: selectors('s1') }, 'dkim.found', 10],
    ['no DKIM', { dkim: absent() }, 'dkim.absent', -10],
    ['DMARC reject', { dmarc: present(dmarcOf('reject')) }, 'dmarc.reject', 20],
    ['DMARC quarantine', { dmarc: present(dmarcOf('quarantine')) }, 'dmarc.quarantine', 15],
    ['DMARC none', { dmarc: present(dmarcOf('none')) }, 'dmarc.none', 5],
    ['no DMARC', { dmarc: absent() }, 'dmarc.absent', 0],
    ['unusable DMARC', { dmarc: unusable }, 'dmarc.unusable', 0],
    ['a domain that lasts', { registration: expires('2027-06-01T00:00:00.000Z') }, 'registration.lasting', 0],
    ['a domain with 30 days', { registration: expires('2026-12-20T00:00:00.000Z') }, 'registration.expiring', -5],
    [
      'a domain with 30 days and a second',
      { registration: expires('2026-12-20T00:00:01Z') },
      'registration.lasting',
      0,
    ],
    ['a domain that ends at midnight', { registration: expires('2026-11-20T00:00:00Z') }, 'registration.expiring', -5],
    ['an expired domain', { registration: expires('2026-01-01T00:00:00.000Z') }, 'registration.expiring', -5],
  ])('give %s its points', (_, changes, rule, points) => {
    const line = lineOf(score(changes), rule.split('.')[0] ?? '')
    expect(line).toMatchObject({ rule, points, min: points, max: points })
  })

  it('give DKIM no points, with an open range, while keys are neither found nor disproven', () => {
    const unproven: Evidence<Dkim> = { ...unanswered(), rcode: 'UNPROVEN', records: ['no key at google, default'] }
    const open = { points: 0, min: -10, max: 10, state: 'unknown' }
    expect(lineOf(score({ dkim: unproven }), 'dkim')).toMatchObject({ ...open, evidence: 'no key at google, default' })
    const keyless = present(dkimOf([], [{ selector: 'selector1', target: 'x.onmicrosoft.com' }]))
    expect(lineOf(score({ dkim: keyless }), 'dkim')).toMatchObject({ ...open, rule: 'dkim.keyless' })
  })

  it('name the domain of an inherited DMARC policy', () => {
    const inherited = { ...dmarcOf('reject'), name: '_dmarc.com.tr', source: 'public-suffix' as const }
    const evidence = 'v=DMARC1; p=reject at _dmarc.com.tr'
    const dmarc = { ...present(inherited), records: ['v=DMARC1; p=reject'] }
    expect(lineOf(score({ dmarc }), 'dmarc')).toMatchObject({ rule: 'dmarc.reject', evidence })
  })

  it('count a DMARC policy as receivers apply it today', () => {
    const testing = present({ ...dmarcOf('reject'), testing: true, effectivePolicy: 'quarantine' as const })
    expect(lineOf(score({ dmarc: testing }), 'dmarc')).toMatchObject({ rule: 'dmarc.quarantine', points: 15 })
  })

  it('add ten for a co-sell referral', () => {
    expect(score({}, CO_SELL).value).toBe(score({}).value + 10)
    expect(lineOf(score({}, CO_SELL), 'referral')).toMatchObject({ rule: 'referral.co-sell', points: 10 })
    expect(score({}, { ...CO_SELL, referral: 'marketplace' })).toEqual(score({}))
  })

  it('include their version', () => {
    expect(score({}).rulesVersion).toBe(1)
  })
})

describe('the breakdown', () => {
  it('names the evidence and the next better rule', () => {
    const { breakdown } = score({ spf: absent(), dmarc: present(dmarcOf('none')) })
    expect(breakdown).toMatchObject([
      { rule: 'provider.google', evidence: 'mx aspmx.l.google.com', counterfactual: null },
      { rule: 'spf.absent', state: 'absent', counterfactual: { rule: 'spf.valid', text: 'with valid SPF: +20' } },
      { rule: 'dkim.unknown', state: 'unknown', evidence: 'not collected', counterfactual: null },
      { rule: 'dmarc.none', state: 'present', counterfactual: { points: 15, text: 'with DMARC reject: +15' } },
      { rule: 'registration.unknown', state: 'unknown', counterfactual: null },
    ])
  })

  it('promises nothing if the best is reached', () => {
    const best = score({ ...settled, dmarc: present(dmarcOf('reject')) })
    expect(best.breakdown.map(({ counterfactual }) => counterfactual)).toEqual(best.breakdown.map(() => null))
  })
})

describe('the range', () => {
  it('is a single value if everything is known', () => {
    expect(score(settled)).toMatchObject({ value: 85, min: 85, max: 85 })
  })

  it('ignores signals that were not collected', () => {
    expect(score({})).toMatchObject({ value: 75, min: 75 - 10 - 5, max: 75 + 10 })
  })

  it('is as wide as the unanswered signals allow', () => {
    const nothing = score({ mx: unanswered(), spf: unanswered(), dmarc: unanswered() })
    expect(nothing).toMatchObject({ value: 0, min: 0, max: 90 })
    expect(score({ ...settled, spf: undetermined })).toMatchObject({ value: 75, min: 70, max: 85 })
  })

  it('is open while the mailbox is hidden behind a gateway', () => {
    const mx = present(mxTo('mx0a-00000000.pphosted.com'))
    expect(lineOf(score({ mx, spf: absent() }), 'provider')).toMatchObject({ points: 0, min: 0, max: 50 })
  })
})

const mx = fc.constantFrom<Evidence<Mx>>(
  present(mxTo('firma-com-tr.mail.protection.outlook.com')),
  present(mxTo('mx.yandex.net')),
  present(mxTo('mx1.hostinger.com')),
  present(mxTo('mail.firma.com.tr')),
  present(mxTo('mx0a-00000000.pphosted.com')),
  present({ hosts: [], nullMx: true }),
  absent(),
)
const include = fc.constantFrom<string[]>([], ['spf.protection.outlook.com'], ['_spf.google.com'], ['natrohost.com'])
const verdict = fc.constantFrom<'valid' | 'broken'>('valid', 'broken')
const spfPresent = fc
  .tuple(verdict, include)
  .map(([verdict, includes]): Evidence<Spf> => present({ ...spfOf('v=spf1 -all', verdict), includes }))
const spf = fc.oneof(spfPresent, fc.constant<Evidence<Spf>>(absent()))
const dmarc = fc.constantFrom<Evidence<Dmarc>>(
  absent(),
  unusable,
  present(dmarcOf('none')),
  present(dmarcOf('quarantine')),
  present(dmarcOf('reject')),
)
const dkim = fc.constantFrom<Evidence<Dkim>>(
  absent(),
  selectors('s1'),
  selectors('google'),
  present(dkimOf(['selector1'], [{ selector: 'selector1', target: 's1.firma.onmicrosoft.com' }])),
  present(dkimOf([], [{ selector: 'selector1', target: 's1.firma.onmicrosoft.com' }])),
)
const autodiscover = fc.constantFrom<Evidence<CnameChain>>(
  absent(),
  present({ targets: ['autodiscover.outlook.com'], addresses: [], loops: false, unanswered: [] }),
  present({ targets: ['autodiscover.emailsrvr.com'], addresses: [], loops: false, unanswered: [] }),
)
const ns = fc.constantFrom<Evidence<Ns>>(
  present({ hosts: ['ns1.natrohost.com'] }),
  present({ hosts: ['ns.other.net'] }),
)
const registration = fc.constantFrom<Evidence<Registration>>(
  expires('2026-12-01T00:00:00.000Z'),
  expires('2028-01-01T00:00:00.000Z'),
)
const answered = fc.record({ mx, spf, dmarc, dkim, registration, autodiscover, ns })
const extras = fc.constantFrom(NO_EXTRAS, CO_SELL)

describe('for any signals', () => {
  it('the score is deterministic, from 0 to 100, and the limited sum of its lines', () => {
    fc.assert(
      fc.property(answered, extras, (signals, extras) => {
        const result = score(signals, extras)
        expect(score(structuredClone(signals), extras)).toEqual(result)
        const sum = result.breakdown.reduce((sum, { points }) => sum + points, 0)
        expect(result.value).toBe(Math.min(100, Math.max(0, sum)))
      }),
    )
  })

  it('the range contains the score for every possible value of unknown signals', () => {
    const names = ['mx', 'spf', 'dmarc', 'dkim', 'registration', 'autodiscover', 'ns'] as const
    fc.assert(
      fc.property(answered, extras, fc.subarray([...names]), (signals, extras, hidden) => {
        const blanks = Object.fromEntries(hidden.map((name) => [name, unanswered()]))
        const before = score({ ...signals, ...blanks }, extras)
        const after = score(signals, extras)
        expect(before.min).toBeLessThanOrEqual(before.value)
        expect(before.value).toBeLessThanOrEqual(before.max)
        expect(after.min).toBeGreaterThanOrEqual(before.min)
        expect(after.max).toBeLessThanOrEqual(before.max)
      }),
    )
  })

  it('a partly answered SPF tree stays in its range, too', () => {
    fc.assert(
      fc.property(answered, spfPresent, (signals, outcome) => {
        const before = score({ ...signals, spf: undetermined })
        const after = score({ ...signals, spf: outcome })
        expect(after.value).toBeGreaterThanOrEqual(before.min)
        expect(after.value).toBeLessThanOrEqual(before.max)
      }),
    )
  })

  const strengths = {
    dmarc: [absent(), present(dmarcOf('none')), present(dmarcOf('quarantine')), present(dmarcOf('reject'))],
    spf: [absent(), present(spfOf('v=spf1 -all', 'broken')), present(spfOf('v=spf1 -all'))],
    dkim: [absent(), selectors('s1')],
    registration: [expires('2026-12-01T00:00:00.000Z'), expires('2028-01-01T00:00:00.000Z')],
  }

  it.each(Object.entries(strengths))('a stronger %s never lowers the score', (name, steps) => {
    fc.assert(
      fc.property(answered, extras, (signals, extras) => {
        const provider = identifyProvider(sampleSignals('firma.com.tr', signals))
        const values = steps.map((step) => {
          const changed = sampleSignals('firma.com.tr', { ...signals, [name]: step })
          return scoreLead(changed, provider, extras).value
        })
        expect(values).toEqual(values.toSorted((a, b) => a - b))
      }),
    )
  })

  it('a promise never exceeds the limits of the score', () => {
    const poor = { mx: present(mxTo('mx.nobody.net')), spf: absent(), dkim: absent(), dmarc: present(dmarcOf('none')) }
    const signals = sampleSignals('firma.com.tr', poor)
    const { value, breakdown } = scoreLead(signals, identifyProvider(signals), NO_EXTRAS)
    expect(breakdown.reduce((sum, { points }) => sum + points, 0)).toBe(-15)
    expect(value).toBe(0)
    const texts = breakdown.flatMap(({ counterfactual }) => (counterfactual ? [counterfactual.text] : []))
    expect(texts).toEqual(['with valid SPF: +5', 'with DKIM: +5'])
  })

  it('a promised gain is what the change yields', () => {
    const changes: Record<string, Partial<Signals>> = {
      'spf.valid': { spf: present(spfOf('v=spf1 -all')) },
      'dkim.found': { dkim: selectors('s1') },
      'dmarc.reject': { dmarc: present(dmarcOf('reject')) },
      'registration.lasting': { registration: expires('2028-01-01T00:00:00.000Z') },
    }
    fc.assert(
      fc.property(answered, (answered) => {
        const signals = sampleSignals('firma.com.tr', { ...answered, at: AT })
        const provider = identifyProvider(signals)
        const before = scoreLead(signals, provider, NO_EXTRAS)
        for (const { counterfactual } of before.breakdown) {
          if (!counterfactual) continue
          const after = scoreLead({ ...signals, ...changes[counterfactual.rule] }, provider, NO_EXTRAS)
          expect(after.breakdown.map(({ rule }) => rule)).toContain(counterfactual.rule)
          expect(after.value - before.value).toBe(counterfactual.points)
          expect(counterfactual.text).toMatch(new RegExp(`: \\+${counterfactual.points}$`))
        }
      }),
    )
  })
})
