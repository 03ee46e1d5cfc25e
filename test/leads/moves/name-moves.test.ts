import { describe, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { mergeSignals } from '#leads/merge-signals'
import { formatMove, type Move, nameMoves } from '#leads/moves/name-moves'
import type { Lead } from '#leads/store'
import type { Evidence } from '#signals/evidence'
import { type CnameChain, SIGNAL_NAMES, type Signals } from '#signals/signals'
import { judgedLead } from '../../support/arbitrary-lead.ts'
import { absent, present, sampleSignals, spfOf, unanswered } from '../../support/sample-signals.ts'
import * as fc from '../../support/seeded.ts'

const BEFORE = '2026-11-20T00:00:00.000Z'
const LATER = '2026-11-27T00:00:00.000Z'

const GOOGLE = 'aspmx.l.google.com'
const MICROSOFT = 'firma-com-tr.mail.protection.outlook.com'
const YANDEX = 'mx.yandex.net'
const HOSTING = 'mx1.hostinger.com'
const PROOFPOINT = 'mx1.eu.pphosted.com'
const CLOUDFLARE = 'route1.mx.cloudflare.net'

const mx = (...hosts: string[]): Partial<Signals> => ({
  mx: present({ hosts: hosts.map((host) => ({ host, preference: 10 })), nullMx: false }),
})
const autodiscover = (targets: string[], unanswered: string[] = []): Partial<Signals> => ({
  autodiscover: present<CnameChain>({ targets, addresses: [], loops: false, unanswered }),
})
const AT_MICROSOFT = autodiscover(['autodiscover.outlook.com'])
const UNKNOWN = { autodiscover: unanswered() }

/** The moves between two scans that share everything but `before` and `after`. */
function findMoves(before: Partial<Signals>, after: Partial<Signals>): Move[] {
  const first = sampleSignals('firma.com.tr', { at: BEFORE, spf: absent(), dkim: absent(), ...before })
  const second = sampleSignals('firma.com.tr', { ...first, at: LATER, ...restamp(after) })
  return nameMoves(assessLead(first), assessLead(mergeSignals(first, second)))
}

function restamp(signals: Partial<Signals>): Partial<Signals> {
  return Object.fromEntries(
    Object.entries(signals).map(([name, evidence]) => [name, { ...(evidence as Evidence<unknown>), at: LATER }]),
  )
}

function hideSignals(signals: Signals, names: string[]): Lead {
  return assessLead({ ...signals, ...Object.fromEntries(names.map((name) => [name, unanswered()])) })
}

const titles = (before: Partial<Signals>, after: Partial<Signals>) => findMoves(before, after).map(formatMove)

describe('a migration between two scans', () => {
  it.each<[string, Partial<Signals>, Partial<Signals>, string[]]>([
    ['Google to Microsoft', mx(GOOGLE), mx(MICROSOFT), ['google → microsoft-365']],
    ['Microsoft to Google', mx(MICROSOFT), mx(GOOGLE), ['microsoft-365 → google']],
    ['a hosting company to Google', mx(HOSTING), mx(GOOGLE), ['hosting → google']],
    ['one of many providers', mx(YANDEX), mx(MICROSOFT), ['yandex → microsoft-365']],
    ['a filter in front', mx(GOOGLE), mx(PROOFPOINT), ['gateway added: proofpoint']],
    ['no filter any more', mx(PROOFPOINT), mx(GOOGLE), ['gateway removed: proofpoint']],
    ['another filter', mx(PROOFPOINT), mx(CLOUDFLARE), ['gateway replaced: proofpoint → cloudflare']],
    [
      'autodiscover ahead of the MX',
      mx(GOOGLE),
      { ...mx(GOOGLE), ...AT_MICROSOFT },
      ['half-moved: google → microsoft-365'],
    ],
    ['the second half', { ...mx(GOOGLE), ...AT_MICROSOFT }, mx(MICROSOFT), ['google → microsoft-365']],
    ['mail no longer wanted', mx(GOOGLE), { mx: present({ hosts: [], nullMx: true }) }, ['google → none']],
    ['the first mail', { mx: absent() }, mx(GOOGLE), ['none → google']],
    [
      'a filter and a new provider behind it',
      mx(GOOGLE),
      { ...mx(PROOFPOINT), ...AT_MICROSOFT },
      ['google → microsoft-365', 'gateway added: proofpoint'],
    ],
  ])('is named: %s', (_name, before, after, names) => {
    expect(titles(before, after)).toEqual(names)
  })

  it('is not complete while autodiscover still names the provider that the mail left', () => {
    const [left] = findMoves({ ...mx(MICROSOFT), ...AT_MICROSOFT }, mx(GOOGLE))
    const [moved] = findMoves(mx(MICROSOFT), mx(GOOGLE))
    expect([left?.kind, left?.isComplete, moved?.isComplete]).toEqual(['mailbox-moved', false, true])
  })

  it('names the hosts that show it, and the time of the newer scan', () => {
    expect(findMoves(mx(GOOGLE), { ...mx(GOOGLE), ...AT_MICROSOFT })).toEqual([
      {
        kind: 'half-moved',
        from: { id: 'google-workspace', name: 'Google Workspace', kind: 'google' },
        to: { id: 'microsoft-365', name: 'Microsoft 365', kind: 'microsoft-365' },
        isComplete: false,
        evidence: [GOOGLE, 'autodiscover.outlook.com'],
        at: LATER,
      },
    ])
  })
})

describe('no migration', () => {
  it.each<[string, Partial<Signals>, Partial<Signals>]>([
    ['another host of one provider', mx(GOOGLE), mx('alt1.aspmx.l.google.com')],
    ['the MX did not answer before', { mx: unanswered() }, mx(GOOGLE)],
    ['the MX does not answer now', mx(GOOGLE), { mx: unanswered() }],
    ['autodiscover did not answer before', { ...mx(GOOGLE), ...UNKNOWN }, { ...mx(GOOGLE), ...AT_MICROSOFT }],
    ['a host that no fingerprint names', mx(GOOGLE), mx('mx.nobody-knows.net')],
    ['a backup at another provider', mx(GOOGLE), mx(GOOGLE, MICROSOFT)],
    ['a half-moved company that stays so', { ...mx(GOOGLE), ...AT_MICROSOFT }, { ...mx(GOOGLE), ...AT_MICROSOFT }],
    [
      'a chain of autodiscover that breaks off',
      mx(GOOGLE),
      { ...mx(GOOGLE), ...autodiscover(['autodiscover.outlook.com'], ['autodiscover-s.outlook.com']) },
    ],
    [
      'a filter that only SPF names',
      mx('mx.nobody-knows.net'),
      { spf: present({ ...spfOf('v=spf1 include:spf.pphosted.com -all'), senders: ['spf.pphosted.com'] }) },
    ],
  ])('is named: %s', (_name, before, after) => {
    expect(titles(before, after)).toEqual([])
  })

  it('is made by a signal that one of two scans does not know, whatever the others say', () => {
    const pair = fc.tuple(judgedLead('firma.com.tr', BEFORE), judgedLead('firma.com.tr', LATER))
    fc.assert(
      fc.property(pair, fc.subarray([...SIGNAL_NAMES]), ([before, after], names) => {
        const [old, now] = [hideSignals(before.signals, names), hideSignals(after.signals, names)]
        const oneSided = [
          ...nameMoves(old, assessLead(after.signals)),
          ...nameMoves(assessLead(before.signals), now),
        ].map(formatMove)
        const shared = nameMoves(old, now).map(formatMove)
        expect(shared).toEqual(expect.arrayContaining(oneSided))
      }),
    )
  })

  it('lies between a lead and itself', () => {
    fc.assert(
      fc.property(judgedLead(), (lead) => {
        expect(nameMoves(lead, lead)).toEqual([])
      }),
    )
  })
})

it('is named by a first scan only when half of it is visible, and never behind a gateway', () => {
  const find = (signals: Partial<Signals>) =>
    nameMoves(null, assessLead(sampleSignals('firma.com.tr', signals))).map(formatMove)
  expect(find({ ...mx(GOOGLE), ...AT_MICROSOFT })).toEqual(['half-moved: google → microsoft-365'])
  expect(find({ ...mx(MICROSOFT), ...AT_MICROSOFT })).toEqual([])
  expect(find({ ...mx(PROOFPOINT), ...AT_MICROSOFT })).toEqual([])
})
