import * as fc from '../../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { type LeadExtras, NO_EXTRAS, type Score } from '#leads/score/score'
import { segmentLead } from '#leads/score/segment'
import { normaliseDomain } from '#signals/normalise'
import type { MailboxKind } from '#signals/provider/fingerprints'
import type { ProviderVerdict } from '#signals/provider/identify-provider'
import type { Tenants } from '#signals/provider/tenants'
import { NO_TENANTS } from '../../support/sample-signals.ts'

const FIRMA = normaliseDomain('firma.com.tr')

function providerOf(kind: MailboxKind, settled: boolean, tenants: Tenants): ProviderVerdict {
  return {
    mailbox: { id: kind, name: kind, kind, confidence: 0.9, settled },
    gateway: null,
    votes: [],
    tenants,
  }
}

function scoreOf(value: number, min = value, max = value): Score {
  return { value, min, max, rulesVersion: 1, breakdown: [] }
}

interface Case {
  kind: MailboxKind
  score?: Score
  domain?: string
  extras?: LeadExtras
  settled?: boolean
  tenants?: Tenants
}

function segment({
  kind,
  score = scoreOf(50),
  domain = FIRMA,
  extras = NO_EXTRAS,
  settled = true,
  tenants = NO_TENANTS,
}: Case) {
  const provider = providerOf(kind, settled, tenants)
  return segmentLead({ domain: normaliseDomain(domain), provider, score, extras })
}

describe('the segment', () => {
  it.each<[MailboxKind, number, string, number]>([
    ['microsoft-365', 70, 'Existing', 4],
    ['microsoft-365', 69, 'Existing', 5],
    ['microsoft-365', 0, 'Existing', 5],
    ['google', 80, 'Migration', 1],
    ['google', 79, 'Migration', 2],
    ['mailbox', 70, 'Migration', 2],
    ['hosting', 69, 'Migration', 3],
    ['own-server', 60, 'Migration', 3],
    ['google', 59, 'Cold', 6],
    ['hosting', 30, 'Cold', 6],
    ['hosting', 29, 'Skip', 7],
    ['unknown', 90, 'Cold', 6],
    ['unknown', 29, 'Skip', 7],
    ['none', 90, 'Skip', 7],
    ['consumer', 90, 'Skip', 7],
    ['public-sector', 90, 'Skip', 7],
  ])('of %s at %i is %s, priority %i', (kind, value, expected, priority) => {
    expect(segment({ kind, score: scoreOf(value) })).toMatchObject({ segment: expected, priority })
  })

  it('is Existing if the DNS proves a Microsoft 365 tenant, whatever server receives the mail', () => {
    const proof = { signal: 'autodiscover', evidence: 'autodiscover → autodiscover.outlook.com', proves: true } as const
    const proven = { ...NO_TENANTS, microsoft365: [proof] }
    const existing = { segment: 'Existing', reason: 'tenant-proven', provisional: false }
    for (const kind of ['google', 'unknown', 'none', 'hosting'] as const) {
      expect(segment({ kind, tenants: proven, settled: false })).toMatchObject(existing)
    }
    expect(segment({ kind: 'google', domain: 'ankara.gov.tr', tenants: proven })).toMatchObject({ segment: 'Skip' })
  })

  it('is not Existing because of a token or a Google tenant', () => {
    const token = { signal: 'tokens', evidence: 'token MS=ms1', proves: false } as const
    const google = { signal: 'mx', evidence: 'mail goes to aspmx.l.google.com', proves: true } as const
    const tenants = { ...NO_TENANTS, microsoft365: [token], google: [google] }
    expect(segment({ kind: 'google', tenants, score: scoreOf(80) })).toMatchObject({ segment: 'Migration' })
  })

  it('is provisional while a signal that could prove a tenant has not answered', () => {
    const tenants: Tenants = { ...NO_TENANTS, unanswered: ['autodiscover'] }
    expect(segment({ kind: 'google', tenants, score: scoreOf(80) })).toMatchObject({ provisional: true })
    expect(segment({ kind: 'microsoft-365', tenants })).toMatchObject({ segment: 'Existing', provisional: false })
  })

  it('is Existing for any domain whose tenant is proven', () => {
    const extras = { referral: null, tenantId: '00000000-0000-0000-0000-000000000000' }
    const expected = { segment: 'Existing', reason: 'tenant-proven', provisional: false }
    expect(segment({ kind: 'google', score: scoreOf(90), extras })).toMatchObject(expected)
    expect(segment({ kind: 'unknown', settled: false, extras })).toMatchObject(expected)
  })

  it.each(['belediye.bel.tr', 'bakanlik.gov.tr', 'emniyet.pol.tr', 'nasa.gov', 'army.mil', 'council.gov.uk'])(
    'is Skip for the public body %s',
    (domain) => {
      const expected = { segment: 'Skip', reason: 'public-sector', provisional: false }
      expect(segment({ kind: 'google', score: scoreOf(90), domain })).toMatchObject(expected)
    },
  )

  it.each([
    'yandex.com',
    'yandex.com.tr',
    'mail.ru',
    'icloud.com',
    'proton.me',
    'yahoo.com',
    'yahoo.co.uk',
    'hotmail.com.tr',
    'qq.com',
    'gmail.com',
    'google.com',
    'gmx.de',
    'kurumsaleposta.com',
  ])('is Skip for %s, a mail provider’s own domain', (domain) => {
    const expected = { segment: 'Skip', priority: 7, reason: 'mail-provider', provisional: false }
    expect(segment({ kind: 'mailbox', score: scoreOf(90), domain })).toMatchObject(expected)
  })

  it.each(['yandexdestek.com', 'mymail.ru', 'outlook.com.firma.net', 'pphosted.com', 'google.firma.com'])(
    'is not Skip for %s, which only looks like one',
    (domain) => {
      expect(segment({ kind: 'google', score: scoreOf(90), domain }).reason).toBe('score')
    },
  )

  it.each(['gov.com.tr', 'bel-tr.com', 'mygov.tr', 'govtech.com'])('is not fooled by %s', (domain) => {
    expect(segment({ kind: 'google', score: scoreOf(90), domain }).reason).toBe('score')
  })
})

describe('a provisional segment', () => {
  it('is one that the range of the score could change', () => {
    expect(segment({ kind: 'google', score: scoreOf(65, 60, 75) }).provisional).toBe(false)
    expect(segment({ kind: 'google', score: scoreOf(65, 59, 75) }).provisional).toBe(true)
    expect(segment({ kind: 'microsoft-365', score: scoreOf(65, 20, 90) }).provisional).toBe(false)
  })

  it('is one whose mailbox is unsettled or unknown', () => {
    expect(segment({ kind: 'own-server', settled: false }).provisional).toBe(true)
    expect(segment({ kind: 'unknown' }).provisional).toBe(true)
    expect(segment({ kind: 'none' }).provisional).toBe(false)
  })
})

it('never gets a worse priority when the score rises', () => {
  const kinds: MailboxKind[] = ['microsoft-365', 'google', 'mailbox', 'hosting', 'own-server', 'none', 'unknown']
  const points = fc.integer({ min: 0, max: 100 })
  fc.assert(
    fc.property(fc.constantFrom(...kinds), points, points, (kind, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)]
      const lower = segment({ kind, score: scoreOf(low) })
      const higher = segment({ kind, score: scoreOf(high) })
      expect(higher.priority).toBeLessThanOrEqual(lower.priority)
    }),
  )
})
