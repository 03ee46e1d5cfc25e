import { expect, it } from 'vitest'
import { collectSignals } from '#signals/collect'
import type { Domain } from '#signals/normalise'
import { type Answers, cacheDns } from '#signals/dns/cached-dns'
import { createFakeDns, googleCompany } from '../../support/fake-dns.ts'
import { TestClock } from '../../support/test-clock.ts'

const FIRMA = 'firma.com.tr' as Domain
const budget = { budgetMs: 5_000 }

function setUp(known: Answers = new Map(), mayAsk = true) {
  const clock = new TestClock('2026-11-20T00:40:00Z')
  const plain = createFakeDns(googleCompany(FIRMA))
  const turns = { asked: 0 }
  const dns = cacheDns({ dns: plain, clock, mayAsk: async () => ((turns.asked += 1), mayAsk) }, known)
  return { clock, plain, dns, turns }
}

it('gives the same signals from the same answers, with their own times, and sends no query', async () => {
  const first = setUp()
  const seen = await collectSignals({ dns: first.dns, clock: first.clock }, FIRMA, budget)
  const again = setUp(first.dns.given())
  again.clock.advanceMs(1_000)
  const repeated = await collectSignals({ dns: again.dns, clock: again.clock }, FIRMA, { ...budget, since: seen.at })
  expect(again.plain.asked).toEqual([])
  expect([again.turns.asked, again.dns.asked()]).toEqual([0, 0])
  const { registration: _one, networks: _two, ...evidence } = seen
  expect(repeated).toMatchObject(evidence)
  expect(again.dns.given()).toEqual(first.dns.given())
})

it('asks for what is missing, and for nothing else', async () => {
  const first = setUp()
  await collectSignals({ dns: first.dns, clock: first.clock }, FIRMA, budget)
  const known = new Map(first.dns.given())
  known.delete(`txt _dmarc.${FIRMA}`)
  const again = setUp(known)
  const { dmarc, mx } = await collectSignals({ dns: again.dns, clock: again.clock }, FIRMA, budget)
  expect(again.plain.asked).toEqual([`_dmarc.${FIRMA}`])
  expect([dmarc.state, mx.state]).toEqual(['present', 'present'])
})

it('answers with TIMEOUT what may not be asked, which is never taken for an absence', async () => {
  const { dns, plain, clock } = setUp(new Map(), false)
  const { mx, spf, dmarc } = await collectSignals({ dns, clock }, FIRMA, budget)
  expect(plain.asked).toEqual([])
  for (const evidence of [mx, spf, dmarc]) expect(evidence).toMatchObject({ state: 'unknown', rcode: 'TIMEOUT' })
})
