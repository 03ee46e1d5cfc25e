/** Leads of every kind for properties: all signal states, all providers, and verdicts that no rules would reach. */
import * as fc from './seeded.ts'
import { assessLead } from '#leads/assess'
import { SEGMENTS, type SegmentReason } from '#leads/score/segment'
import type { Lead } from '#leads/store'
import type { Evidence } from '#signals/evidence'
import type { Dkim, Dmarc, Mx, Registration, Spf } from '#signals/signals'
import { FINGERPRINTS, type MailboxKind } from '#signals/provider/fingerprints'
import { absent, dmarcOf, mxTo, present, sampleSignals, spfOf, unanswered } from './sample-signals.ts'

const KINDS: MailboxKind[] = [
  'microsoft-365',
  'google',
  'mailbox',
  'hosting',
  'own-server',
  'consumer',
  'public-sector',
  'none',
  'unknown',
]
const REASONS: SegmentReason[] = [
  'tenant-proven',
  'microsoft-365-mailbox',
  'public-sector',
  'consumer-mailbox',
  'mail-provider',
  'no-mail',
  'score',
]
const HOSTS = ['firma-com-tr.mail.protection.outlook.com', 'aspmx.l.google.com', 'mx.yandex.net', 'mx1.hostinger.com']
const MORE_HOSTS = ['mail.firma.com.tr', 'mx1.eu.pphosted.com', 'route1.mx.cloudflare.net', 'mx.nobody-knows.net']

function evidence<T>(values: T[], at: string): fc.Arbitrary<Evidence<T>> {
  return fc.constantFrom<Evidence<T>>(absent(at), unanswered(at), ...values.map((value) => present(value, at)))
}

const mx: Mx[] = [...HOSTS, ...MORE_HOSTS].map(mxTo).concat({ hosts: [], nullMx: true })
const spf: Spf[] = (['valid', 'broken', 'undetermined'] as const).flatMap((verdict) => [
  spfOf('v=spf1 include:spf.protection.outlook.com -all', verdict),
  { ...spfOf('v=spf1 -all', verdict), record: null, unanswered: verdict === 'undetermined' ? ['a.net'] : [] },
])
const dmarc: Dmarc[] = [
  ...(['none', 'quarantine', 'reject'] as const).map(dmarcOf),
  { ...dmarcOf('none'), policy: null, effectivePolicy: null, record: 'v=DMARC1; p=maybe' },
]
const dkim: Dkim[] = [
  { selectors: ['s1'], targets: [], unanswered: [] },
  { selectors: [], targets: [{ selector: 's1', target: 's1.firma.onmicrosoft.com' }], unanswered: [] },
]
const registration: Registration[] = [
  null,
  '2020-01-01',
  '2026-12-03T10:00:00Z',
  '2031-05-01T00:00:00.000Z',
  'soon',
].map((expiresAt) => ({ ...({} as Registration), registrar: expiresAt === null ? null : 'Registrar', expiresAt }))

/** What the rules make of arbitrary signals. */
export function judgedLead(domain = 'firma.com.tr', at = '2026-11-20T00:00:00.000Z'): fc.Arbitrary<Lead> {
  return fc
    .record({
      mx: evidence(mx, at),
      spf: evidence(spf, at),
      dmarc: evidence(dmarc, at),
      dkim: evidence(dkim, at),
      registration: evidence(registration, at),
    })
    .map((signals) => assessLead(sampleSignals(domain, { at, ...signals })))
}

const points = fc.integer({ min: 0, max: 100 })
const fingerprint = fc.constantFrom(...FINGERPRINTS)

/** Any verdict at all beside any signals. */
export const anyLead: fc.Arbitrary<Lead> = fc
  .record({
    lead: judgedLead(),
    domain: fc.constantFrom('firma.com.tr', 'xn--irket-idb.com.tr'),
    kind: fc.constantFrom(...KINDS),
    settled: fc.boolean(),
    provider: fingerprint,
    gateway: fc.option(fc.tuple(fingerprint, fc.constantFrom('filter' as const, 'forwarder' as const))),
    segment: fc.constantFrom(...SEGMENTS),
    reason: fc.constantFrom(...REASONS),
    priority: fc.integer({ min: 1, max: 7 }),
    provisional: fc.boolean(),
    score: points,
  })
  .map(({ lead, domain, kind, settled, provider, gateway, score, ...segment }) => ({
    domain: domain as Lead['domain'],
    signals: { ...lead.signals, domain: domain as Lead['domain'] },
    provider: {
      ...lead.provider,
      mailbox: { ...lead.provider.mailbox, id: provider.id, name: provider.name, kind, confidence: 0.9, settled },
      gateway: gateway && { id: gateway[0].id, name: gateway[0].name, kind: gateway[1], confidence: 0.9 },
    },
    score: { ...lead.score, value: score, min: score, max: score },
    segment: { ...lead.segment, ...segment },
    extras: lead.extras,
    inputHash: lead.inputHash,
  }))
