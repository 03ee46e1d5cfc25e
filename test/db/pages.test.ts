import { sql } from 'drizzle-orm'
import * as fc from '../support/seeded.ts'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listKeys } from '#keys/lifecycle'
import { listWebhooks } from '#keys/webhooks/lifecycle'
import type { Page, PageQuery } from '#db/page'
import { apiKeys, companies, providerOverrides, scanJobs } from '#db/tables'
import { listAlerts, listChanges } from '#leads/changes/change-log'
import { LEAD_SORTS, type LeadSort } from '#leads/list/lead-order'
import { listLeads } from '#leads/list/list-leads'
import { listMoves } from '#leads/moves/move-log'
import { listOverrides } from '#leads/provider-overrides'
import { listJobs } from '#scans/bulk/list-jobs'
import type { Domain } from '#signals/normalise'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

const ROWS = 12
/** Each is there twice, and the others differ by microseconds: a millisecond has three of them. */
const MOMENTS = Array.from(
  { length: ROWS },
  (_, n) => `2026-11-20T08:00:00.${String(1_000 + Math.floor(n / 2)).padStart(6, '0')}Z`,
)
const domainOf = (n: number) => `firma${n}.com.tr` as Domain

let database: HunterDatabase
const clock = new TestClock()
beforeAll(async () => {
  database = await createHunterDatabase()
  const { db } = database
  const order = [7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 4, 6] // the order of creation is that of no other column
  for (const n of order) await keepLead(db, sampleLead({ domain: domainOf(n), score: (n % 3) * 20 }))
  for (let n = 0; n < ROWS; n += 1) {
    const at = sql`${MOMENTS[n]}::timestamptz`
    await db.execute(sql`update companies set created_at = ${at} where domain = ${domainOf(n)}`)
    await db.execute(
      sql`update scans set scanned_at = ${at} from companies c where c.id = company_id and c.domain = ${domainOf(n)}`,
    )
    const keyid = `key${'bcdefghijklm'[(n * 5) % ROWS]}00000000`
    await db.insert(apiKeys).values({ keyid, name: 'k', scopes: ['read'], secretHmac: Buffer.alloc(32), createdAt: at })
    await db.execute(sql`
      insert into webhook_sources (id, keyid, name, secret, created_at) values (gen_random_uuid(), ${keyid}, 'w', 's', ${at})`)
    await db.insert(scanJobs).values({ id: v7(), received: 1, duplicates: 0, createdAt: at })
    const suffix = `mail-${n}.firma.com`
    const signal = n % 2 === 0 ? ('mx' as const) : ('spf' as const)
    await db.insert(providerOverrides).values({ signal, suffix, providerId: 'zoho', createdBy: 'test' })
    await db.execute(sql`
      with changed as (
        insert into lead_changes (company_id, type, old_value, new_value, at)
        select id, 'mx_changed', ${`"${n}"`}::jsonb, '"x"', ${at} from companies where domain = ${domainOf(0)} returning id, at
      ) insert into alerts (change_id, type, raised_at) select id, 'mx_changed', at from changed`)
    await db.execute(sql`
      insert into lead_moves (company_id, kind, from_place, is_complete, evidence, at)
      select id, 'gateway-removed', '{}', true, '[]', ${at} from companies where domain = ${domainOf(n)}`)
  }
})
afterAll(() => database.close())

type Read = (page: PageQuery) => Promise<Page<string>>
const named = <T>({ items, nextCursor }: Page<T>, nameOf: (item: T) => string): Page<string> => ({
  items: items.map(nameOf),
  nextCursor,
})

const LISTS: Record<string, Read> = {
  ...Object.fromEntries(LEAD_SORTS.map((sort) => [`leads by ${sort}`, leadsBy(sort)])),
  'leads that a text finds, by -scanned_at': leadsBy('-scanned_at', 'firma'),
  'leads that a text finds, by created': leadsBy('created', 'firma'),
  keys: async (page) => named(await listKeys({ db: database.db, clock }, page), ({ keyid }) => keyid),
  webhooks: async (page) => named(await listWebhooks({ db: database.db, clock }, page), ({ id }) => id),
  jobs: async (page) => named(await listJobs(database.db, page), ({ id }) => id),
  overrides: async (page) => named(await listOverrides(database.db, page), ({ suffix }) => suffix),
  history: async (page) => named(await listChanges(database.db, domainOf(0), page), ({ id }) => String(id)),
  moves: async (page) => named(await listMoves(database.db, page), ({ domain }) => domain),
  alerts: async (page) => named(await listAlerts(database.db, page), ({ id }) => String(id)),
}

function leadsBy(sort: LeadSort, text?: string): Read {
  return async (page) => {
    const { leads, nextCursor } = await listLeads(database.db, { sort, text, ...page })
    return { items: leads.map(({ domain }) => domain), nextCursor }
  }
}

async function walk(read: Read, limits: number[], between = async (_page: number) => {}): Promise<string[]> {
  const all: string[] = []
  let cursor: string | undefined
  for (let page = 0; ; page += 1) {
    const { items, nextCursor } = await read({ limit: limits[page % limits.length] ?? 1, cursor })
    all.push(...items)
    if (nextCursor === null) return all
    cursor = nextCursor
    await between(page)
  }
}

it.each(Object.entries(LISTS))('returns every row of %s once and in one order, for any page size', async (_, read) => {
  const whole = (await read({ limit: 100 })).items
  expect(new Set(whole).size).toBe(ROWS)
  const sizes = fc.array(fc.integer({ min: 1, max: ROWS + 1 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(sizes, async (limits) => {
      expect(await walk(read, limits)).toEqual(whole)
    }),
    { numRuns: 4, examples: [[[1]], [[2]]] },
  )
})

it('refuses a cursor of another list or order', async () => {
  const lists = Object.entries(LISTS).filter(([name]) => !name.includes('that a text finds'))
  const pages = await Promise.all(lists.map(([, read]) => read({ limit: 1 })))
  const taken: string[] = []
  for (const [name, read] of lists) {
    for (const [at, { nextCursor }] of pages.entries()) {
      const refused = (thrown: unknown) => expect(thrown).toMatchObject({ code: 'VALIDATION_FAILED' })
      await read({ limit: 1, cursor: nextCursor ?? '' }).then(() => taken.push(`${name}: ${lists[at]?.[0]}`), refused)
    }
  }
  expect(taken).toEqual(lists.map(([name]) => `${name}: ${name}`))
})

it('refuses a cursor of the history of another lead', async () => {
  const { nextCursor } = await listChanges(database.db, domainOf(0), { limit: 1 })
  const other = listChanges(database.db, domainOf(1), { limit: 1, cursor: nextCursor ?? '' })
  await expect(other).rejects.toMatchObject({ code: 'VALIDATION_FAILED' })
})

it('orders rows by creation to the microsecond, then by id', async () => {
  const { rows } = await database.db.execute<{ domain: string }>(
    sql`select domain from ${companies} order by created_at, id`,
  )
  const wanted = rows.map(({ domain }) => domain)
  expect(await walk(leadsBy('created'), [5])).toEqual(wanted)
  expect(await walk(leadsBy('-created'), [5])).toEqual(wanted.toReversed())
})

it('returns every lead once by creation, while others are added and all are scanned again', async () => {
  const before = (await leadsBy('created')({ limit: 100 })).items
  let added = 0
  const met = await walk(leadsBy('created'), [3], async (page) => {
    if (page > 2) return
    added += 1
    await keepLead(database.db, sampleLead({ domain: `neu${page}.com.tr`, at: new Date().toISOString() }))
    await database.db.execute(sql`update scans set scanned_at = now()`)
    await database.db.execute(sql`update lead_scores set value = 100 - value, min = 0, max = 100`)
  })
  expect(met.slice(0, ROWS)).toEqual(before)
  expect(new Set(met).size).toBe(ROWS + added)
})
