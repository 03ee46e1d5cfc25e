import { afterEach, expect, it, vi } from 'vitest'
import { assessLead } from '#leads/assess'
import { formatReport } from '#cli/scan/report'
import { measureWidth } from '#cli/text-width'
import { collectSignals } from '#signals/collect'
import { normaliseDomain } from '#signals/normalise'
import { createFakeDns, googleCompany } from '../support/fake-dns.ts'
import { TestClock } from '../support/test-clock.ts'

const FIRMA = 'firma.com.tr'
const KEY = `v=DKIM1; k=rsa; p=${'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A'.repeat(12)}`

const isTTY = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY')
afterEach(() => {
  vi.unstubAllEnvs()
  Object.defineProperty(process.stdout, 'isTTY', isTTY ?? { value: undefined, configurable: true })
})

async function report(columns: number | undefined): Promise<string[]> {
  Object.defineProperty(process.stdout, 'isTTY', { value: columns !== undefined, configurable: true })
  vi.stubEnv('COLUMNS', String(columns ?? 80))
  const dns = createFakeDns(googleCompany(FIRMA))
  dns.zone.set(`google._domainkey.${FIRMA}`, { txt: [KEY] })
  const domain = normaliseDomain(FIRMA)
  const signals = await collectSignals({ dns, clock: new TestClock() }, domain, { budgetMs: 60_000 })
  return formatReport(assessLead(signals), 'tr').split('\n')
}

it.each([80, 100, 200])('fits a report into a terminal of %i columns', async (columns) => {
  expect(Math.max(...(await report(columns)).map(measureWidth))).toBeLessThanOrEqual(columns)
})

it('cuts no record in a pipe', async () => {
  expect((await report(undefined)).join('\n')).toContain(KEY)
})
