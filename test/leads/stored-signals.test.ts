import { expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { mergeSignals } from '#leads/merge-signals'
import { readProvider, readSignals } from '#leads/stored-signals'
import { SIGNAL_NAMES, type Signals } from '#signals/signals'
import { AT, dkimOf, present, sampleSignals, spfOf } from '../support/sample-signals.ts'

/** As the first version kept it: five signals, and a DMARC record without what the walk tells. */
function oldRow(): unknown {
  const { domain, at, mx, spf, dmarc, dkim, registration } = sampleSignals('firma.com.tr')
  const row = structuredClone({ domain, at, mx, spf, dmarc, dkim, registration })
  if (row.dmarc.state === 'present') {
    const { source: _source, psd: _psd, ...value } = row.dmarc.value
    return { ...row, dmarc: { ...row.dmarc, value } }
  }
  return row
}

it('reads signals that an older version did not look for as not collected', () => {
  const signals = readSignals(oldRow())
  const notCollected = { state: 'unknown', rcode: 'NOT_COLLECTED', records: [], resolver: null, at: AT }
  for (const name of SIGNAL_NAMES) expect(signals[name]).toBeDefined()
  expect(signals.autodiscover).toEqual(notCollected)
  expect(signals).toMatchObject({ queries: 0, dmarc: { value: { source: 'own', psd: 'u', policy: 'quarantine' } } })
})

it('reads a chain that an older version stored without its unanswered names', () => {
  const { unanswered: _unanswered, ...dkim } = dkimOf(['google'])
  const row = { ...sampleSignals('firma.com.tr'), dkim: present(dkim, AT) }
  expect(readSignals(row)).toMatchObject({ dkim: { value: { selectors: ['google'], unanswered: [] } } })
})

it('reads the senders of an SPF signal that an older version stored without them', () => {
  const { senders: _senders, ...spf } = spfOf('v=spf1 include:_spf.google.com -all')
  const row = { ...sampleSignals('firma.com.tr'), spf: present(spf, AT) }
  expect(readSignals(row)).toMatchObject({ spf: { value: { senders: ['_spf.google.com'] } } })
  const several = { ...row, spf: present({ ...spf, record: null }, AT) }
  expect(readSignals(several)).toMatchObject({ spf: { value: { senders: [] } } })
})

it('scores an old row, and lets a new scan fill it', () => {
  const old = readSignals(oldRow())
  expect(assessLead(old).provider).toMatchObject({ mailbox: { id: 'google-workspace' }, tenants: { unanswered: [] } })
  const later = sampleSignals('firma.com.tr', { at: '2026-11-21T00:00:00.000Z' })
  expect(mergeSignals(old, later).autodiscover).toEqual(later.autodiscover)
})

it('leaves a row of today as it is', () => {
  const signals: Signals = sampleSignals('firma.com.tr')
  expect(readSignals(signals)).toEqual(signals)
  const { provider } = assessLead(signals)
  expect(readProvider(provider)).toEqual(provider)
  const { tenants: _tenants, ...old } = provider
  expect(readProvider(old).tenants).toEqual({ microsoft365: [], google: [], unanswered: [] })
})
