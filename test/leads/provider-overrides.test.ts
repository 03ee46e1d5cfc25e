import * as fc from '../support/seeded.ts'
import { describe, expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { FINGERPRINTS, type ProviderOverride } from '#signals/provider/fingerprints'
import { absent, present, sampleSignals } from '../support/sample-signals.ts'

const mxTo = (host: string) => present({ hosts: [{ host, preference: 10 }], nullMx: false })
function assess(host: string, overrides: readonly ProviderOverride[]) {
  const signals = sampleSignals('firma.com.tr', { mx: mxTo(host), spf: absent(), dkim: absent() })
  const { inputHash: _ofOverrides, ...verdict } = assessLead(signals, overrides)
  return verdict
}

const NATRO: ProviderOverride = { signal: 'mx', suffix: 'posta-evi.com.tr', providerId: 'natro' }

describe('an administrator’s override', () => {
  it('changes provider, score and evidence of the same signals', () => {
    const before = assess('mx1.posta-evi.com.tr', [])
    const after = assess('mx1.posta-evi.com.tr', [NATRO])
    expect(before.provider.mailbox).toMatchObject({ id: 'unknown', kind: 'unknown' })
    expect(after.provider.mailbox).toMatchObject({ id: 'natro', kind: 'hosting', settled: true })
    expect([before.score.value, after.score.value]).toEqual([0, 15])
    expect(after.score.breakdown[0]).toMatchObject({ rule: 'provider.hosting', points: 20 })
    expect(after.provider.votes).toMatchObject([
      { provider: 'natro', signal: 'mx', evidence: 'mx1.posta-evi.com.tr', fingerprint: 'override:posta-evi.com.tr' },
    ])
  })

  it('goes before a built-in fingerprint, and the longest of several goes first', () => {
    const overrides: ProviderOverride[] = [
      { signal: 'mx', suffix: 'outlook.com', providerId: 'yandex' },
      { signal: 'mx', suffix: 'firma-com-tr.mail.protection.outlook.com', providerId: 'zoho' },
    ]
    expect(assess('a.mail.protection.outlook.com', []).provider.mailbox.id).toBe('microsoft-365')
    expect(assess('a.mail.protection.outlook.com', overrides).provider.mailbox.id).toBe('yandex')
    expect(assess('firma-com-tr.mail.protection.outlook.com', overrides).provider.mailbox.id).toBe('zoho')
  })

  it('matches whole labels and its own signal only', () => {
    for (const host of ['xposta-evi.com.tr', 'posta-evi.com.tr.evil.net', 'evi.com.tr', 'com.tr']) {
      expect(assess(host, [NATRO])).toEqual(assess(host, []))
    }
    const ofSpf = { ...NATRO, signal: 'spf' } as const
    expect(assess('mx1.posta-evi.com.tr', [ofSpf])).toEqual(assess('mx1.posta-evi.com.tr', []))
  })

  it('decides every host at or below its suffix, and no other', () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,8}$/)
    const suffixes = fc.tuple(label, label, label).map((labels) => `${labels.join('.')}.example-posta.net`)
    const providers = fc.constantFrom(...FINGERPRINTS.filter(({ role }) => role === 'mailbox').map(({ id }) => id))
    fc.assert(
      fc.property(suffixes, providers, fc.array(label, { maxLength: 3 }), label, (suffix, providerId, below, other) => {
        const override = [{ signal: 'mx', suffix, providerId } as const]
        expect(assess([...below, suffix].join('.'), override).provider.mailbox.id).toBe(providerId)
        const beside = `${other}${suffix}`
        expect(assess(beside, override)).toEqual(assess(beside, []))
      }),
    )
  })
})
