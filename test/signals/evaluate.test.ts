import { expect, it } from 'vitest'
import { evaluateVerdicts, parseProviderLabel } from '#signals/evaluate'
import { identifyProvider } from '#signals/provider/identify-provider'
import { absent, mxTo, present, sampleSignals } from '../support/sample-signals.ts'

const item = (label: string, host: string) => {
  const signals = sampleSignals('firma.com.tr', { mx: present(mxTo(host)), spf: absent() })
  return { label, verdict: identifyProvider(signals), signals }
}

it('counts the suffixes of mail hosts that nothing names, commonest first', () => {
  const hosts = ['mx1.nobody.net', 'mx2.nobody.net', 'a.mx.elsewhere.com.tr', 'aspmx.l.google.com']
  const { unnamed, labels } = evaluateVerdicts(hosts.map((host) => item('google', host)))
  expect(unnamed).toEqual([
    { suffix: 'nobody.net', domains: 2 },
    { suffix: 'elsewhere.com.tr', domains: 1 },
  ])
  expect(labels).toMatchObject([{ label: 'google', labelled: 4, correct: 1, unknown: 3, precision: 1, recall: 0.25 }])
})

it('has no precision where nothing was found, and an accuracy of 0 for no domains', () => {
  expect(evaluateVerdicts([item('yandex', 'mx.nobody.net')]).labels).toMatchObject([{ precision: null, recall: 0 }])
  expect(evaluateVerdicts([])).toEqual({ domains: 0, accuracy: 0, labels: [], unnamed: [] })
})

it.each([
  ['Microsoft 365', 'microsoft-365'],
  ['M365', 'microsoft-365'],
  ['office_365', 'microsoft-365'],
  ['Google Workspace', 'google'],
  ['Yandex', 'yandex'],
  ['own server', 'own-server'],
  ['nobody', null],
  ['', null],
])('understands the label %s', (label, provider) => {
  expect(parseProviderLabel(label)).toBe(provider)
})
