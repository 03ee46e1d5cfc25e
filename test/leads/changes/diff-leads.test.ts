import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import type { Change } from '#leads/changes/change-types'
import { diffLeads as findAllChanges } from '#leads/changes/diff-leads'
import type { Lead } from '#leads/store'
import { mergeSignals } from '#leads/merge-signals'
import type { Evidence } from '#signals/evidence'
import type { Dkim, Registration, Signals } from '#signals/signals'
import { judgedLead } from '../../support/arbitrary-lead.ts'
import { absent, dmarcOf, mxTo, present, sampleSignals, spfOf, unanswered } from '../../support/sample-signals.ts'

const BEFORE = '2026-11-20T00:00:00.000Z'
const LATER = '2026-11-27T00:00:00.000Z'

const findChanges = (before: Lead, after: Lead) =>
  findAllChanges(before, after, { cause: 'scan', at: after.signals.at })

/** Differences that a scan a week later finds; the rest of the two scans is equal. */
function changes(before: Partial<Signals>, after: Partial<Signals>): Change[] {
  const first = sampleSignals('firma.com.tr', { at: BEFORE, ...before })
  const second = sampleSignals('firma.com.tr', { at: LATER, ...before, ...after })
  return findChanges(assessLead(first), assessLead(mergeSignals(first, second)))
}

const found = (before: Partial<Signals>, after: Partial<Signals>) =>
  changes(before, after).map(({ type, old, new: now }) => [type, old, now])
const at = <T>(value: T) => present(value, LATER)
const keys: Dkim = { selectors: ['s1'], targets: [], unanswered: [] }
const expires = (expiresAt: string | null, seen: string): Evidence<Registration> =>
  present({ ...({} as Registration), registrar: 'One', expiresAt }, seen)

describe('a change', () => {
  it('of the MX names both, and brings provider and score with it', () => {
    expect(found({}, { mx: at(mxTo('mx.yandex.net')) })).toEqual([
      ['mx_changed', '10 aspmx.l.google.com', '10 mx.yandex.net'],
      ['provider_changed', 'google-workspace', 'yandex'],
      ['segment_changed', 'Migration', 'Cold'],
      ['score_changed', 75, 55],
    ])
    expect(found({}, { mx: absent(LATER) })[0]).toEqual(['mx_changed', '10 aspmx.l.google.com', null])
    expect(found({}, { mx: at({ hosts: [], nullMx: true }) })[0]).toEqual([
      'mx_changed',
      '10 aspmx.l.google.com',
      '0 .',
    ])
  })

  it('carries the time of the newer scan', () => {
    expect(changes({}, { dmarc: at(dmarcOf('reject')) }).map(({ at }) => at)).toEqual([LATER, LATER])
  })

  it.each<[string, Partial<Signals>, Partial<Signals>, [string, unknown, unknown]]>([
    ['SPF added', { spf: absent() }, { spf: at(spfOf('v=spf1 -all')) }, ['spf_added', null, 'v=spf1 -all']],
    [
      'SPF removed',
      { spf: present(spfOf('v=spf1 -all')) },
      { spf: absent(LATER) },
      ['spf_removed', 'v=spf1 -all', null],
    ],
    [
      'another SPF record',
      { spf: present(spfOf('v=spf1 -all')) },
      { spf: at(spfOf('v=spf1 ~all')) },
      ['spf_changed', 'v=spf1 -all', 'v=spf1 ~all'],
    ],
    [
      'an include that broke',
      { spf: present(spfOf('v=spf1 include:a.net -all')) },
      { spf: at(spfOf('v=spf1 include:a.net -all', 'broken')) },
      ['spf_broken', 'valid', 'broken'],
    ],
    ['DKIM added', { dkim: absent() }, { dkim: at(keys) }, ['dkim_added', null, 's1']],
    ['DKIM removed', { dkim: present(keys) }, { dkim: absent(LATER) }, ['dkim_removed', 's1', null]],
    ['DMARC added', { dmarc: absent() }, { dmarc: at(dmarcOf('none')) }, ['dmarc_added', null, 'none']],
    ['DMARC removed', { dmarc: present(dmarcOf('none')) }, { dmarc: absent(LATER) }, ['dmarc_removed', 'none', null]],
    [
      'DMARC weakened',
      { dmarc: present(dmarcOf('reject')) },
      { dmarc: at(dmarcOf('none')) },
      ['dmarc_weakened', 'reject', 'none'],
    ],
    [
      'DMARC that receivers can no longer use',
      { dmarc: present(dmarcOf('none')) },
      { dmarc: at({ ...dmarcOf('none'), policy: null, effectivePolicy: null }) },
      ['dmarc_weakened', 'none', 'unusable'],
    ],
    [
      'DMARC strengthened',
      { dmarc: present(dmarcOf('quarantine')) },
      { dmarc: at(dmarcOf('reject')) },
      ['dmarc_strengthened', 'quarantine', 'reject'],
    ],
    [
      'another DMARC record',
      { dmarc: present(dmarcOf('reject')) },
      { dmarc: at({ ...dmarcOf('reject'), record: 'v=DMARC1; p=reject; rua=mailto:a@b.net' }) },
      ['dmarc_changed', 'v=DMARC1; p=reject', 'v=DMARC1; p=reject; rua=mailto:a@b.net'],
    ],
    [
      'other name servers',
      { ns: present({ hosts: ['ns1.a.net', 'ns2.a.net'] }) },
      { ns: at({ hosts: ['ns1.b.net'] }) },
      ['ns_changed', 'ns1.a.net, ns2.a.net', 'ns1.b.net'],
    ],
    [
      'MTA-STS added',
      { mtaSts: absent() },
      { mtaSts: at({ record: 'v=STSv1; id=1' }) },
      ['mta_sts_added', null, 'present'],
    ],
    [
      'BIMI removed',
      { bimi: present({ record: 'v=BIMI1' }) },
      { bimi: absent(LATER) },
      ['bimi_removed', 'present', null],
    ],
    [
      'a domain that was renewed',
      { registration: expires('2026-12-01T00:00:00Z', BEFORE) },
      { registration: expires('2027-12-01T00:00:00Z', LATER) },
      ['domain_renewed', '2026-12-01T00:00:00Z', '2027-12-01T00:00:00Z'],
    ],
  ])('is %s', (_, before, after, expected) => {
    expect(found(before, after)[0]).toEqual(expected)
  })

  it('is a domain that expires within 30 days, once for each crossing', () => {
    const days = (count: number) => new Date(Date.parse(BEFORE) + count * 86_400_000).toISOString()
    const expiresAt = days(35)
    const signals = (day: number, until = expiresAt) =>
      sampleSignals('firma.com.tr', { at: days(day), registration: expires(until, days(day)) })
    const walk = [
      signals(0),
      signals(4),
      signals(6),
      signals(20),
      signals(40),
      signals(41, days(400)),
      signals(380, days(400)),
    ]
    const types = walk.slice(1).map((after, index) => {
      const before = assessLead(walk[index] as Signals)
      return findChanges(before, assessLead(after))
        .map(({ type }) => type)
        .filter((type) => type.startsWith('domain'))
    })
    expect(types).toEqual([[], ['domain_expiring'], [], [], ['domain_renewed'], ['domain_expiring']])
  })
})

const ALL: Record<'mx' | 'spf' | 'dmarc' | 'dkim' | 'registration', Evidence<never>[]> = {
  mx: [present(mxTo('mx.yandex.net')), absent()] as Evidence<never>[],
  spf: [present(spfOf('v=spf1 ~all')), present(spfOf('v=spf1 -all', 'broken')), absent()] as Evidence<never>[],
  dmarc: [present(dmarcOf('reject')), absent()] as Evidence<never>[],
  dkim: [present(keys), absent()] as Evidence<never>[],
  registration: [expires('2026-12-01T00:00:00Z', BEFORE), expires(null, BEFORE), absent()] as Evidence<never>[],
}

describe('what is unknown', () => {
  it.each(Object.entries(ALL))('in %s is no change, neither to it nor from it', (name, values) => {
    for (const value of values) {
      expect(changes({ [name]: unanswered() }, { [name]: { ...value, at: LATER } })).toEqual([])
      const gone = [{ [name]: value }, { [name]: unanswered() }] as const
      const [before, after] = gone.map((signals) => assessLead(sampleSignals('firma.com.tr', signals)))
      expect(before && after && findChanges(before, after)).toEqual([])
    }
  })

  it('on either side, of any of the signals, is no change by itself', () => {
    const names = fc.subarray(['mx', 'spf', 'dmarc', 'dkim', 'registration', 'ns', 'autodiscover', 'bimi'] as const)
    fc.assert(
      fc.property(judgedLead(), names, (lead, hidden) => {
        const open = Object.fromEntries(hidden.map((name) => [name, unanswered()]))
        const poorer = assessLead({ ...lead.signals, ...open })
        expect(findChanges(poorer, lead)).toEqual([])
        expect(findChanges(lead, poorer)).toEqual([])
      }),
    )
  })

  it('for the most part is no change either: SPF whose includes did not answer', () => {
    const open = { ...spfOf('v=spf1 include:a.net -all', 'undetermined'), unanswered: ['a.net'] }
    expect(changes({ spf: present(open) }, { spf: at(spfOf('v=spf1 include:a.net -all')) })).toEqual([])
  })

  it('does not hide a provider that changed by a signal without a type of its own', () => {
    const own = { mx: present(mxTo('mail.firma.com.tr')), tlsRpt: unanswered() }
    const pointsTo = (target: string) => ({ targets: [target], addresses: [], loops: false, unanswered: [] })
    const before = { ...own, autodiscover: present(pointsTo('autodiscover.firma-hosting.com')) }
    const after = { tlsRpt: absent(LATER), autodiscover: at(pointsTo('autodiscover.outlook.com')) }
    expect(changes(before, after).map(({ type }) => type)).toContain('provider_changed')
    expect(changes({ ...own, autodiscover: unanswered() }, after)).toEqual([])
  })

  it('does not hide what changed beside it', () => {
    const types = changes({ dkim: unanswered() }, { dkim: at(keys), mx: at(mxTo('x.mail.protection.outlook.com')) })
    const moved = ['mx_changed', 'provider_changed', 'segment_changed'] // the score moved by the new answer alone
    expect(types.map(({ type }) => type)).toEqual(moved)
  })
})

it('finds no change between a lead and itself, or one that was not scanned again', () => {
  fc.assert(
    fc.property(judgedLead(), (lead) => {
      expect(findChanges(lead, structuredClone(lead))).toEqual([])
      expect(findChanges(lead, { ...lead, signals: { ...lead.signals, at: LATER } }).map(({ type }) => type)).toEqual(
        crossesBetween(lead.signals, LATER) ? ['domain_expiring'] : [],
      )
    }),
  )
})

it('names an old and a new value that differ, each type once', () => {
  fc.assert(
    fc.property(judgedLead(), judgedLead('firma.com.tr', LATER), (before, after) => {
      const all = findChanges(before, after)
      for (const change of all) expect(change.type === 'domain_expiring' || change.old !== change.new).toBe(true)
      expect(new Set(all.map(({ type }) => type)).size).toBe(all.length)
    }),
  )
})

it('tells a way there and back as the same chain of values', () => {
  fc.assert(
    fc.property(judgedLead(), judgedLead('firma.com.tr', LATER), (one, other) => {
      const there = findChanges(one, other).filter(({ type }) => /^(mx|provider|segment|score)_/.test(type))
      const back = findChanges(other, one).filter(({ type }) => /^(mx|provider|segment|score)_/.test(type))
      expect(back.map(({ type, old, new: now }) => [type, now, old])).toEqual(
        there.map(({ type, old, new: now }) => [type, old, now]),
      )
    }),
  )
})

function crossesBetween({ registration, at }: Signals, later: string): boolean {
  const time = registration.state === 'present' ? Date.parse(registration.value.expiresAt ?? '') : Number.NaN
  const days = (from: string) => (time - Date.parse(from)) / 86_400_000
  return days(at) > 30 && days(later) <= 30
}
