import { describe, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { diffLeads } from '#leads/changes/diff-leads'
import { mergeSignals } from '#leads/merge-signals'
import { findMoves } from '#leads/moves/find-moves'
import { SIGNAL_NAMES, type Signals } from '#signals/signals'
import { judgedLead } from '../../support/arbitrary-lead.ts'
import { absent, mxTo, present, sampleSignals, spfOf, unanswered } from '../../support/sample-signals.ts'
import * as fc from '../../support/seeded.ts'

const BEFORE = '2026-11-20T00:00:00.000Z'
const LATER = '2026-11-27T00:00:00.000Z'
const DOMAIN = 'firma.com.tr'

const GOOGLE = mxTo('aspmx.l.google.com')
const MICROSOFT = mxTo('firma-com-tr.mail.protection.outlook.com')
const NATRO = mxTo('mx.kurumsaleposta.com')
const PROOFPOINT = mxTo('mxa-00.pphosted.com')
const MIMECAST = mxTo('eu-smtp-inbound-1.mimecast.com')
const chain = (...targets: string[]) => ({ targets, addresses: [], loops: false, unanswered: [] })
const OUTLOOK = chain('autodiscover.outlook.com')

/** Everything answered, and nothing there but what the test names. */
const EMPTY = Object.fromEntries(SIGNAL_NAMES.map((name) => [name, absent(BEFORE)])) as Partial<Signals>

/** The moves that a scan a week later finds; the rest of the two scans is equal. */
function moves(before: Partial<Signals>, after: Partial<Signals>) {
  const first = sampleSignals(DOMAIN, { at: BEFORE, ...EMPTY, ...before })
  const second = sampleSignals(DOMAIN, { at: LATER, ...EMPTY, ...before, ...after })
  const [old, now] = [assessLead(first), assessLead(mergeSignals(first, second))]
  return findMoves(old, now, diffLeads(old, now, { cause: 'scan', at: LATER }))
}

const named = (before: Partial<Signals>, after: Partial<Signals>) =>
  moves(before, after).map(({ type, name }) => `${type}: ${name}`)
const was = <T>(value: T) => present(value, BEFORE)
const now = <T>(value: T) => present(value, LATER)

describe('names the move', () => {
  it.each<[string, Partial<Signals>, Partial<Signals>]>([
    ['provider_moved: google → microsoft-365', { mx: was(GOOGLE) }, { mx: now(MICROSOFT) }],
    ['provider_moved: hosting → google', { mx: was(NATRO) }, { mx: now(GOOGLE) }],
    ['provider_moved: google → yandex', { mx: was(GOOGLE) }, { mx: now(mxTo('mx.yandex.net')) }],
    ['provider_moved: natro → godaddy', { mx: was(NATRO) }, { mx: now(mxTo('smtp.secureserver.net')) }],
    ['half_moved: google → microsoft-365', { mx: was(GOOGLE) }, { autodiscover: now(OUTLOOK) }],
    ['provider_moved: own-server → microsoft-365', { mx: was(mxTo(`mail.${DOMAIN}`)) }, { autodiscover: now(OUTLOOK) }],
    ['gateway_replaced: proofpoint → mimecast', { mx: was(PROOFPOINT) }, { mx: now(MIMECAST) }],
  ])('%s', (name, before, after) => {
    expect(named(before, after)).toEqual([name])
  })

  it('with the ids of both providers', () => {
    expect(moves({ mx: was(NATRO) }, { mx: now(GOOGLE) })).toEqual([
      { type: 'provider_moved', from: 'natro', to: 'google-workspace', name: 'hosting → google' },
    ])
  })

  it('of a gateway in front of mailboxes that stay, in both directions', () => {
    const senders = { ...spfOf('v=spf1 include:_spf.google.com -all'), senders: ['_spf.google.com'] }
    const spf = was(senders)
    expect(named({ mx: was(GOOGLE), spf }, { mx: now(PROOFPOINT) })).toContain('gateway_added: no gateway → proofpoint')
    expect(named({ mx: was(PROOFPOINT), spf }, { mx: now(GOOGLE) })).toContain(
      'gateway_removed: proofpoint → no gateway',
    )
  })

  it('as half done where the MX left and autodiscover stayed behind, and says nothing more once it follows', () => {
    const before = { mx: was(MICROSOFT), autodiscover: was(OUTLOOK) }
    expect(named(before, { mx: now(GOOGLE) })).toEqual([
      'provider_moved: microsoft-365 → google',
      'half_moved: microsoft-365 → google',
    ])
    expect(named({ ...before, mx: was(GOOGLE) }, { autodiscover: absent(LATER) })).toEqual([])
  })
})

describe('names no move', () => {
  it.each<[string, Partial<Signals>, Partial<Signals>]>([
    ['when nothing changed', { mx: was(GOOGLE) }, {}],
    ['when a host of the same provider changed', { mx: was(GOOGLE) }, { mx: now(mxTo('alt1.aspmx.l.google.com')) }],
    ['when the new MX did not answer', { mx: was(GOOGLE) }, { mx: unanswered(LATER) }],
    ['when the old MX was unknown', { mx: unanswered(BEFORE) }, { mx: now(GOOGLE) }],
    ['when mail begins', { mx: absent(BEFORE) }, { mx: now(GOOGLE) }],
    ['when mail ends', { mx: was(GOOGLE) }, { mx: now({ hosts: [], nullMx: true }) }],
    ['half-way, when it was so before', { mx: was(GOOGLE), autodiscover: was(OUTLOOK) }, {}],
    [
      'half-way, when autodiscover was unknown before',
      { mx: was(GOOGLE), autodiscover: unanswered(BEFORE) },
      { autodiscover: now(OUTLOOK) },
    ],
    [
      'half-way, when the chain broke off',
      { mx: was(GOOGLE) },
      { autodiscover: now({ ...OUTLOOK, unanswered: ['autodiscover.outlook.com'] }) },
    ],
    ['half-way, behind a gateway', { mx: was(PROOFPOINT) }, { autodiscover: now(OUTLOOK) }],
  ])('%s', (_, before, after) => {
    expect(named(before, after)).toEqual([])
  })

  it('between any ledger and one in which every signal is unknown, in either order', () => {
    fc.assert(
      fc.property(judgedLead(), (lead) => {
        const nothing = Object.fromEntries(SIGNAL_NAMES.map((name) => [name, unanswered(LATER)])) as Partial<Signals>
        const blind = assessLead({ ...lead.signals, ...nothing })
        for (const [before, after] of [
          [lead, blind],
          [blind, lead],
        ] as const) {
          expect(findMoves(before, after, diffLeads(before, after, { cause: 'scan', at: LATER }))).toEqual([])
        }
      }),
    )
  })

  it('where it is not a change: each provider or gateway move has one in the history', () => {
    fc.assert(
      fc.property(judgedLead(), judgedLead(DOMAIN, LATER), (before, { signals }) => {
        const after = assessLead(mergeSignals(before.signals, signals))
        const changes = diffLeads(before, after, { cause: 'scan', at: LATER })
        for (const { type, from, to } of findMoves(before, after, changes)) {
          expect(from).not.toBe(to)
          if (type === 'half_moved') continue
          const kind = type === 'provider_moved' ? 'provider_changed' : 'gateway_changed'
          expect(changes).toContainEqual(expect.objectContaining({ type: kind, old: from, new: to }))
        }
      }),
    )
  })
})
