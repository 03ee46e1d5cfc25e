import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { SALES_LANGUAGES, type SalesLanguage, writeSalesSummary } from '#leads/sales/summary'
import type { Lead } from '#leads/store'
import type { Signals } from '#signals/signals'
import { anyLead, judgedLead } from '../../support/arbitrary-lead.ts'
import { absent, dmarcOf, mxTo, present, sampleSignals, spfOf, unanswered } from '../../support/sample-signals.ts'

const lead = (changes: Partial<Signals>, domain = 'firma.com.tr') => assessLead(sampleSignals(domain, changes))
const summary = (changes: Partial<Signals>, language: SalesLanguage = 'en') =>
  writeSalesSummary(lead(changes), language)
const mx = (host: string) => present(mxTo(host))
const dkim = present({ selectors: ['s1'], targets: [], unanswered: [] }) as Signals['dkim']
const expires = (expiresAt: string) => present({ registrar: 'Registrar', expiresAt }) as Signals['registration']
const lasting = expires('2031-05-01T00:00:00.000Z')
const quiet = { dkim, registration: lasting }
const weak: Partial<Signals> = { spf: absent(), dmarc: absent(), dkim: absent(), registration: lasting }

/** Segments × providers × signal states. */
const GRID: Record<string, Lead> = {
  'Google, all in order': lead({ ...quiet, dmarc: present(dmarcOf('reject')) }),
  'Google, DMARC watches, DKIM not answered': lead({ dkim: unanswered(), dmarc: present(dmarcOf('none')) }),
  'Yandex, expiring': lead({ mx: mx('mx.yandex.net'), dkim, registration: expires('2026-12-03T00:00:00.000Z') }),
  'hosting, unprotected': lead({ mx: mx('mx1.hostinger.com'), ...weak }),
  'own server, broken SPF': lead({
    ...quiet,
    mx: mx('mail.firma.com.tr'),
    spf: present(spfOf('v=spf1 -all', 'broken')),
  }),
  'Microsoft 365, DMARC absent': lead({ ...quiet, mx: mx('f.mail.protection.outlook.com'), dmarc: absent() }),
  'Microsoft 365, all in order': lead({
    ...quiet,
    mx: mx('f.mail.protection.outlook.com'),
    dmarc: present(dmarcOf('reject')),
  }),
  'behind Proofpoint': lead({
    ...quiet,
    mx: mx('mx1.eu.pphosted.com'),
    spf: present({
      ...spfOf('v=spf1 include:_spf.google.com -all'),
      includes: ['_spf.google.com'],
      senders: ['_spf.google.com'],
    }),
  }),
  'Google and a proven tenant': lead({
    ...quiet,
    dmarc: absent(),
    enterpriseRegistration: present({
      targets: ['enterpriseregistration.windows.net'],
      addresses: [],
      loops: false,
      unanswered: [],
    }),
  }),
  'nothing answered': lead({ mx: unanswered(), spf: unanswered(), dmarc: unanswered() }),
  'no mail': lead({ mx: present({ hosts: [], nullMx: true }), ...weak }),
  'mail provider': lead({ ...quiet, mx: mx('mx.yandex.ru') }, 'yandex.com'),
  'consumer mailbox': lead({ ...quiet, mx: mx('gmail-smtp-in.l.google.com') }),
  'public body': lead(quiet, 'ankara.bel.tr'),
  'a Turkish name': lead(
    { ...quiet, dmarc: present({ ...dmarcOf('none'), effectivePolicy: null }) },
    'xn--irket-idb.com.tr',
  ),
}

describe.each(SALES_LANGUAGES)('the summary in %s', (language) => {
  it.each(Object.keys(GRID))('of a lead with %s has the recorded text', (name) => {
    const { oneLiner, callScript, discoveryQuestions, offerTier, opportunityPotential, urgency, metadata } =
      writeSalesSummary(GRID[name] as Lead, language)
    const { reasons, offerName } = metadata
    expect(
      [
        oneLiner,
        '',
        callScript,
        '',
        ...discoveryQuestions.map((question) => `- ${question}`),
        '',
        `${offerTier} (${offerName}): ${reasons.offerTier}`,
        `${opportunityPotential}: ${reasons.opportunityPotential.join('; ')}`,
        `${urgency}: ${reasons.urgency}`,
      ].join('\n'),
    ).toMatchSnapshot()
  })

  it('has a complete text in every field, for any lead', () => {
    fc.assert(
      fc.property(fc.oneof(anyLead, judgedLead()), (lead) => {
        const made = writeSalesSummary(lead, language)
        for (const text of textsOf(made)) {
          expect(text.trim()).not.toBe('')
          expect(text).not.toMatch(/undefined|null|NaN|Infinity|\[object|[{}]|\$\{| {2,}|\s[.,;:?]/)
        }
        for (const text of [made.oneLiner, made.callScript, ...made.discoveryQuestions]) {
          expect(text).not.toMatch(/SERVFAIL|\b(?:spf|dkim|dmarc|tenant|own|no|domain|microsoft|public|xn-)-/) // our codes
          expect(text).toMatch(/^\p{L}[^]*[.?]$/u)
        }
        expect(made.discoveryQuestions.length).toBeGreaterThanOrEqual(2)
        expect(new Set(made.discoveryQuestions).size).toBe(made.discoveryQuestions.length)
        expect(made.opportunityPotential).toBeGreaterThanOrEqual(0)
        expect(made.opportunityPotential).toBeLessThanOrEqual(100)
      }),
    )
  })

  it('is the same for the same lead', () => {
    fc.assert(
      fc.property(anyLead, (lead) => {
        expect(writeSalesSummary(structuredClone(lead), language)).toEqual(writeSalesSummary(lead, language))
      }),
    )
  })
})

it('has the same structure in both languages', () => {
  fc.assert(
    fc.property(anyLead, (lead) => {
      const [tr, en] = [writeSalesSummary(lead, 'tr'), writeSalesSummary(lead, 'en')]
      for (const same of ['domain', 'offerTier', 'opportunityPotential', 'urgency'] as const) {
        expect(tr[same]).toEqual(en[same])
      }
      expect(tr.discoveryQuestions).toHaveLength(en.discoveryQuestions.length)
      expect(tr.callScript.split('\n\n')).toHaveLength(en.callScript.split('\n\n').length)
    }),
  )
})

it('names the evidence: provider, gateway, what is missing and the date', () => {
  const { callScript } = summary({
    mx: mx('mx1.eu.pphosted.com'),
    spf: present({
      ...spfOf('v=spf1 include:_spf.google.com -all'),
      includes: ['_spf.google.com'],
      senders: ['_spf.google.com'],
    }),
    dmarc: absent(),
    registration: expires('2026-12-03T00:00:00.000Z'),
  })
  for (const fact of ['Google Workspace', 'Proofpoint', 'DMARC', '3 December 2026']) expect(callScript).toContain(fact)
})

it('says what could not be checked, and draws no conclusion from it', () => {
  const { callScript, metadata } = summary({ spf: unanswered(), dkim, registration: lasting })
  expect(callScript).toContain('could not be checked from outside today: SPF.')
  expect(callScript).not.toContain('SPF record')
  expect(metadata.unchecked).toEqual(['SPF'])
})

it('plans no call where there is nothing to sell', () => {
  for (const changes of [{ mx: absent() }, { mx: mx('gmail-smtp-in.l.google.com') }]) {
    const made = summary({ ...weak, ...changes })
    expect(made).toMatchObject({ offerTier: 'none', opportunityPotential: 0, urgency: 'low' })
    expect(made.callScript).toMatch(/^No call is planned/)
  }
})

it('has a potential that is the sum of its reasons', () => {
  fc.assert(
    fc.property(anyLead, (lead) => {
      const { opportunityPotential, metadata } = writeSalesSummary(lead, 'en')
      const points = metadata.reasons.opportunityPotential.map((line) => Number(line.replace('−', '-').split(': ')[1]))
      expect(opportunityPotential).toBe(
        Math.min(
          100,
          Math.max(
            0,
            points.reduce((sum, each) => sum + each, 0),
          ),
        ),
      )
    }),
  )
})

it('is urgent when the registration ends or anyone can write in the name of a candidate', () => {
  expect(summary({ dkim, registration: expires('2026-12-03T00:00:00.000Z') }).urgency).toBe('high')
  expect(summary({ dkim, registration: expires('2026-11-01T00:00:00.000Z') }).callScript).toContain(
    'expired on 1 November',
  )
  expect(summary({ ...quiet, dmarc: present(dmarcOf('reject')) }).urgency).toBe('medium')
  const forgeable = { mx: mx('f.mail.protection.outlook.com'), ...weak }
  expect(summary(forgeable)).toMatchObject({ urgency: 'high', offerTier: 'security' })
})

/** Every text of a summary, however deep. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value === null || value === undefined) return ['null']
  return typeof value === 'object' ? Object.values(value).flatMap(textsOf) : []
}
