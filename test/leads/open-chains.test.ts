/** A look-up that fails in the middle of a chain leaves that part open: in the score's range, the segment and the merge. */
import { expect, it } from 'vitest'
import { assessLead } from '#leads/assess'
import { mergeSignals } from '#leads/merge-signals'
import { collectSignals } from '#signals/collect'
import { normaliseDomain } from '#signals/normalise'
import { listUnansweredSignals } from '#signals/signals'
import { TestClock } from '../support/test-clock.ts'
import { createFakeDns, type FakeName } from '../support/fake-dns.ts'

const domain = normaliseDomain('firma.com.tr')
const TARGET = 'selector1-firma-com-tr._domainkey.firma.onmicrosoft.com'
const KEY = 'v=DKIM1; k=rsa; p=MIIBIjANBgkq'
const SELECTOR = `selector1._domainkey.${domain}`

const zone: Record<string, FakeName> = {
  [domain]: { mx: ['mail.firma.com.tr'], txt: ['v=spf1 mx -all'] },
  'mail.firma.com.tr': { a: ['192.0.2.25'] },
  [`_dmarc.${domain}`]: { txt: ['v=DMARC1; p=reject'] },
  [`_domainkey.${domain}`]: {},
  [SELECTOR]: { cname: TARGET, txt: [KEY] },
}

async function scan(changes: Record<string, FakeName>, at: string) {
  const clock = new TestClock(at)
  const signals = await collectSignals({ dns: createFakeDns({ ...zone, ...changes }, clock), clock }, domain, {
    budgetMs: 60_000,
  })
  return { signals, lead: assessLead(signals) }
}

it.each<[string, Record<string, FakeName>, string]>([
  ['CNAME of the selector', { [SELECTOR]: { ...zone[SELECTOR], failsFor: { cname: 'SERVFAIL' } } }, 'dkim'],
  [
    'whole selector, beside a key at another',
    { [SELECTOR]: { fails: 'SERVFAIL' }, [`default._domainkey.${domain}`]: { txt: [KEY] } },
    'dkim',
  ],
  [
    'second CNAME of autodiscover',
    {
      [SELECTOR]: {},
      [`autodiscover.${domain}`]: { cname: 'mail.firma.net' },
      'mail.firma.net': { fails: 'TIMEOUT' },
    },
    'autodiscover',
  ],
])('stays open where no answer comes for the %s', async (_, failure, open) => {
  const { signals, lead } = await scan(failure, '2026-11-21T00:00:00.000Z')
  expect(listUnansweredSignals(signals)).toEqual([open])
  expect(lead.provider.mailbox.settled).toBe(false)
  expect(lead.segment.provisional).toBe(true)
  expect(lead.score.max - lead.score.min).toBeGreaterThanOrEqual(50)
})

it('does not take a proven tenant away from a company whose selector fails once', async () => {
  const before = await scan({}, '2026-11-20T00:00:00.000Z')
  expect(before.lead.segment).toMatchObject({ segment: 'Existing', reason: 'tenant-proven', provisional: false })
  const failure = { [SELECTOR]: { ...zone[SELECTOR], failsFor: { cname: 'SERVFAIL' } } } as const
  const after = await scan(failure, '2026-11-21T00:00:00.000Z')
  const merged = mergeSignals(before.signals, after.signals)
  expect(merged.dkim).toEqual(before.signals.dkim)
  expect(assessLead(merged).segment).toEqual(before.lead.segment)
})
