import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { companies, leadScores } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { assessLead } from '#leads/assess'
import { listChanges } from '#leads/changes/change-log'
import { getLead } from '#leads/get-lead'
import { hasOutdatedLeads, rescoreLeads } from '#leads/rescore'
import { saveSignals } from '#leads/save-signals'
import { RULES_VERSION } from '#leads/score/rules'
import type { ProviderOverride } from '#signals/provider/fingerprints'
import type { Domain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { mxTo, present, sampleSignals } from '../support/sample-signals.ts'
import { TestClock } from '../support/test-clock.ts'

const DOMAINS = ['bir', 'iki', 'uc', 'dort', 'bes'].map((name) => `${name}.com.tr` as Domain)
const BIR = 'bir.com.tr' as Domain
const SCANNED = '2026-11-20T00:00:00.000Z'
const clock = new TestClock(new Date('2026-11-29T09:00:00.000Z'))
const TO_YANDEX: ProviderOverride[] = [{ signal: 'mx', suffix: 'mx.bir.com.tr', providerId: 'yandex' }]

let database: HunterDatabase
beforeAll(async () => {
  database = await createHunterDatabase()
  for (const domain of DOMAINS) await scan(domain, SCANNED, [])
})
afterAll(() => database.close())

const scan = (domain: Domain, at: string, overrides: readonly ProviderOverride[]) =>
  runInTransaction(database.db, (tx) =>
    saveSignals(tx, sampleSignals(domain, { at, mx: present(mxTo(`mx.${domain}`), at) }), overrides),
  )
const rescore = (overrides: readonly ProviderOverride[] = []) => rescoreLeads({ db: database.db, clock, overrides })

/** As rules of another version would have judged it. */
async function judgeByOtherRules(domain: Domain): Promise<void> {
  const [company] = await database.db.select().from(companies).where(eq(companies.domain, domain))
  await database.db
    .update(leadScores)
    .set({ rulesVersion: RULES_VERSION - 1, value: 1, min: 1, max: 1, segment: 'Cold' })
    .where(eq(leadScores.companyId, company!.id))
}

const historyOf = async (domain: Domain) => (await listChanges(database.db, domain, { limit: 50 })).items

it('does not judge leads again whose rules and inputs are current', async () => {
  expect(await rescore()).toEqual({ leads: 5, judged: 0, changed: 0 })
})

it('judges leads of other rules again, and records that rules changed them and when', async () => {
  expect(await hasOutdatedLeads(database.db)).toBe(false)
  await judgeByOtherRules(BIR)
  expect(await hasOutdatedLeads(database.db)).toBe(true)
  expect(await rescore()).toEqual({ leads: 5, judged: 1, changed: 1 })
  const lead = await getLead(database.db, BIR)
  expect(lead).toEqual(assessLead(lead.signals))
  const changes = await historyOf(BIR)
  expect(changes.map(({ type }) => type)).toContain('score_changed')
  for (const { cause, at } of changes) expect({ cause, at }).toEqual({ cause: 'rules', at: clock.now() })
  expect(await rescore()).toMatchObject({ judged: 0 })
})

it('judges a lead without a stored hash, and records no change if the verdict is the same', async () => {
  await database.db.update(leadScores).set({ inputHash: null })
  expect(await rescore()).toEqual({ leads: 5, judged: 5, changed: 0 })
})

it('applies a new override to the leads that it concerns, and changes no other verdict', async () => {
  expect(await rescore(TO_YANDEX)).toMatchObject({ changed: 1 })
  expect((await getLead(database.db, BIR)).provider.mailbox.id).toBe('yandex')
  expect(await rescore(TO_YANDEX)).toMatchObject({ judged: 0 })
  await rescore()
})

it('a rescan under other rules records their changes apart from its own', async () => {
  const before = (await historyOf('iki.com.tr' as Domain)).length
  await judgeByOtherRules('iki.com.tr' as Domain)
  await scan('iki.com.tr' as Domain, '2026-11-28T00:00:00.000Z', [])
  const changes = await historyOf('iki.com.tr' as Domain)
  expect(changes.length).toBeGreaterThan(before)
  expect(new Set(changes.map(({ cause }) => cause))).toEqual(new Set(['rules']))
})

it('two simultaneous runs together judge every lead once', async () => {
  await database.db.update(leadScores).set({ inputHash: null })
  const [one, other] = await Promise.all([rescore(), rescore()])
  expect(one.judged + other.judged).toBe(5)
  expect(await rescore()).toEqual({ leads: 5, judged: 0, changed: 0 })
})
