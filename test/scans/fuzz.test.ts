/** Whatever is typed where a domain is asked for: it is refused with the reason and leaves nothing, or it is scanned. */
import * as fc from '../support/seeded.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readInputs } from '#cli/scan/inputs'
import { formatRefusal, formatReport } from '#cli/scan/report'
import { scanOne } from '#cli/scan/scan-one'
import type { Database } from '#db/client'
import { companies, rawLeads, scanJobs, scans } from '#db/tables'
import { AppError } from '#platform/errors'
import { scanDomain } from '#scans/scan-domain'
import { normaliseDomain } from '#signals/normalise'
import { domainString } from '../support/domain-strings.ts'
import { createFakeDns } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { createTestApi } from '../support/test-api.ts'
import { isThorough } from '../support/thorough.ts'

const REASONS = [
  'empty',
  'too-long',
  'ip-address',
  'single-label',
  'several-names',
  'reserved',
  'invalid-label',
  'public-suffix',
  'unknown-ending',
]
const REGISTRABLE = /^(?=.{3,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9-]{1,63})+$/

/** Whether it was taken; anything but a domain or a proper refusal fails the test. */
function verdictOf(refusal: unknown): 'refused' | undefined {
  if (!(refusal instanceof AppError) || refusal.code !== 'DOMAIN_INVALID') return undefined
  return REASONS.includes(String(refusal.details?.['reason'])) ? 'refused' : undefined
}

/** As many in `npm run test:thorough`; a twentieth in `npm test`. */
const STRINGS = isThorough ? 100_000 : 5_000

describe(`${STRINGS} strings`, () => {
  const untouched = new Proxy({}, { get: () => expect.unreachable('the database was touched') }) as Database

  it('are refused with a reason, or wait for their turn, without a row or a query before that', async () => {
    const dns = createFakeDns()
    const waits = new AppError('RATE_LIMITED', 'this is as far as a domain goes here')
    const deps = scanDeps(untouched, dns, { pacer: { acquire: () => Promise.reject(waits) } })
    const seen = { refused: 0, taken: 0 }
    const property = fc.asyncProperty(domainString, async (text) => {
      const thrown = await scanDomain(deps, text).catch((error: unknown) => error)
      if (thrown === waits) {
        seen.taken += 1
        const domain = normaliseDomain(text)
        if (!REGISTRABLE.test(domain) || normaliseDomain(domain) !== domain) throw new Error(`taken as ${domain}`)
      } else {
        seen.refused += 1
        if (!verdictOf(thrown)) throw thrown
      }
    })
    await fc.assert(property, { numRuns: STRINGS })
    expect(dns.asked).toEqual([])
    expect(seen.taken).toBeGreaterThan(STRINGS / 20)
    expect(seen.refused).toBeGreaterThan(STRINGS / 20)
  })
})

it(`on the command line, ${Math.round(STRINGS / 30)} strings become a report or a refusal that a terminal can show`, async () => {
  const { dns, clock, budgetMs } = scanDeps({} as Database, createFakeDns())
  const property = fc.asyncProperty(domainString, async (text) => {
    for await (const input of readInputs([text], undefined)) {
      const { lead, refusal } = await scanOne({ dns, clock }, input, budgetMs)
      const shown = lead ? formatReport(lead, 'tr') : formatRefusal(text, refusal?.message ?? '', 1)
      expect(lead ? 'taken' : verdictOf(refusal)).toBe(lead ? 'taken' : 'refused')
      // oxlint-disable-next-line no-control-regex -- colours aside, no control character reaches the terminal
      expect(shown.replace(/\x1b\[\d+m/g, '')).not.toMatch(/[\0-\x09\x0b-\x1f\x7f\u202e]/)
    }
  })
  await fc.assert(property, { numRuns: Math.round(STRINGS / 30) })
})

describe('over HTTP', () => {
  let database: HunterDatabase
  beforeAll(async () => {
    database = await createHunterDatabase()
  })
  afterAll(() => database.close())

  it(`${STRINGS / 50} strings answer 200 with a lead, or 422 DOMAIN_INVALID; only leads leave rows`, async () => {
    const api = createTestApi(database.db)
    const key = await api.key(['read', 'write'])
    const kept = new Set<string>()
    const property = fc.asyncProperty(domainString, async (text) => {
      const { status, body } = await api.call('POST', '/api/v1/scan/domain', { key, body: { domain: text } })
      if (status === 200) kept.add(String(body.data['domain']))
      const reason = status === 422 ? String(body.error.details['reason']) : ''
      const answer = status === 200 ? 'taken' : `${status} ${body.error.code} ${REASONS.includes(reason)}`
      expect(['taken', '422 DOMAIN_INVALID true']).toContain(answer)
    })
    await fc.assert(property, { numRuns: STRINGS / 50 })
    const rows = await database.db.select({ domain: companies.domain }).from(companies)
    expect(new Set(rows.map(({ domain }) => domain))).toEqual(kept)
    expect(await database.db.$count(scans)).toBe(kept.size)
    expect([await database.db.$count(rawLeads), await database.db.$count(scanJobs)]).toEqual([0, 0])
    expect(api.reported).toEqual([])
  })
})
