import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDmarc, readDmarc } from '#signals/dmarc'

const NAME = '_dmarc.firma.com.tr'
const answer = (...records: string[]) => {
  return { rcode: 'NOERROR', records, resolver: '192.0.2.53', at: '2026-11-20T00:00:00.000Z' } as const
}

describe('one DMARC record', () => {
  it.each([
    ['v=DMARC1; p=reject', 'reject', 'reject'],
    ['v=DMARC1;p=Quarantine', 'quarantine', 'quarantine'],
    ['v = DMARC1 ; p = none ;', 'none', 'none'],
    ['v=DMARC1; p=reject; t=y', 'reject', 'quarantine'],
    ['v=DMARC1; p=quarantine; t=y', 'quarantine', 'none'],
    ['v=DMARC1; p=reject; t=n', 'reject', 'reject'],
    ['v=DMARC1; p=reject; pct=0', 'reject', 'quarantine'],
    ['v=DMARC1; p=reject; pct=50', 'reject', 'reject'],
    ['v=DMARC1; rua=mailto:a@firma.com.tr', 'none', 'none'],
    ['v=DMARC1', 'none', 'none'],
    ['v=DMARC1; p=block; rua=mailto:a@firma.com.tr', 'none', 'none'],
    ['v=DMARC1; p=block', null, null],
    ['v=DMARC1; p=reject; sp=maybe', null, null],
    ['v=DMARC1; p=reject; p=none', 'reject', 'reject'],
  ])('%s asks for %s, today %s', (record, policy, effectivePolicy) => {
    expect(parseDmarc(NAME, record)).toMatchObject({ policy, effectivePolicy })
  })

  it('keeps what it says about subdomains and reports', () => {
    const record = 'v=DMARC1; p=none; sp=quarantine; np=reject; pct=25; rua=mailto:a@x.org,https://y.org/d, junk'
    expect(parseDmarc(NAME, record)).toMatchObject({
      name: NAME,
      record,
      subdomainPolicy: 'quarantine',
      nonexistentPolicy: 'reject',
      percent: 25,
      reportUris: ['mailto:a@x.org', 'https://y.org/d'],
    })
  })

  it('reads any text without failing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseDmarc(NAME, `v=DMARC1;${text}`).record).toContain(text)
      }),
    )
  })
})

describe('the answer at _dmarc', () => {
  it('passes over records of another kind', () => {
    const others = ['v=spf1 -all', 'v=DMARC10; p=reject', 'p=reject; v=DMARC1']
    expect(readDmarc(NAME, answer(...others))).toMatchObject({ state: 'absent', rcode: 'NOERROR', records: others })
    expect(readDmarc(NAME, answer(...others, 'v=DMARC1; p=reject'))).toMatchObject({ value: { policy: 'reject' } })
  })

  it('takes several records for none that counts', () => {
    const evidence = readDmarc(NAME, answer('v=DMARC1; p=reject', 'v=DMARC1; p=none'))
    const value = { severalRecords: true, policy: null, effectivePolicy: null }
    expect(evidence).toMatchObject({ state: 'present', value })
  })
})
