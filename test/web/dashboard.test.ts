import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Segment } from '#leads/score/segment'
import { readFields } from '#web/frame/fields'
import { FIELDS, toFilters } from '#web/leads/state'
import { keepMove } from '../support/alert-channels.ts'
import { hasChromium } from '../support/chromium.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { type Look, type PageApp, startPageApp } from './app.ts'
import { expectNoAxeFindings, keepScreenshot } from './page.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LEADS: [segment: Segment, score: number, mailbox: string][] = [
  ['Migration', 92, 'google-workspace'],
  ['Migration', 81, 'zoho'],
  ['Migration', 75, 'yandex'],
  ['Migration', 62, 'google-workspace'],
  ['Existing', 70, 'microsoft-365'],
  ['Existing', 41, 'microsoft-365'],
  ['Cold', 44, 'own-server'],
  ['Cold', 33, 'unknown'],
  ['Skip', 12, 'none'],
]

describe.skipIf(!hasChromium())('the dashboard', () => {
  let database: HunterDatabase
  let api: TestApi
  let key: string
  let app: PageApp
  let now: Date

  beforeAll(async () => {
    database = await createHunterDatabase()
    api = createTestApi(database.db)
    api.clock.advanceMs(9 * HOUR_MS)
    now = api.clock.now()
    key = await api.key(['read'])
    app = await startPageApp(api)
    for (const [at, [segment, score, mailbox]] of LEADS.entries()) {
      const time = new Date(now.getTime() - at * 5 * DAY_MS).toISOString()
      const lead = sampleLead({ domain: `firma${at}.com.tr`, segment, score, mailbox, at: time })
      await (at % 3 === 0 ? keepMove(database.db, lead, { isComplete: at === 0 }) : keepLead(database.db, lead))
    }
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  const open = (search = '', look: Look = {}) => app.open(`/dashboard${search}`, key, { now, ...look })
  const chart = (page: Page) => page.getByRole('slider')

  it('leads from every number to as many leads', async () => {
    const page = await open('?days=30')
    await chart(page).waitFor()
    await page.locator('.figure[data-look=signal] .figure-value', { hasText: '3' }).waitFor()
    const links = await page.$$eval('.figure-link, .bar-link', (all) =>
      all.map((link) => [link.getAttribute('href'), link.querySelector('.figure-value, .bar-value')?.textContent]),
    )
    expect(links).toHaveLength(4 + 4 + 7 + 7)
    for (const [href = '', number] of links) {
      const { pathname, searchParams } = new URL(href, 'http://127.0.0.1')
      const filters = toFilters(readFields(FIELDS, searchParams), now.getTime())
      const query = new URLSearchParams(
        Object.entries(filters).map(([name, value]): [string, string] => [name, String(value)]),
      )
      const { body } = await api.call('GET', `/api/v1/leads?${query.toString()}`, { key })
      expect([pathname, href, body.data['total']]).toEqual(['/app/leads', href, { value: Number(number), exact: true }])
    }
  })

  it('shows what moved in the period, newest first, and says in words what is half done', async () => {
    const page = await open()
    await expect.poll(() => page.locator('.move').allInnerTexts()).toHaveLength(1)
    await page.getByRole('button', { name: '30 days' }).click()
    await expect.poll(() => page.locator('.move').count()).toBe(3)
    const rows = await page.locator('.move').allInnerTexts()
    expect(rows.map((row) => /firma\d/.exec(row)?.[0])).toEqual(['firma0', 'firma3', 'firma6'])
    expect(rows.map((row) => row.includes('(half)'))).toEqual([false, true, true])
    await page.goBack()
    await expect.poll(() => page.locator('.move').count()).toBe(1)
    await page.getByRole('link', { name: 'firma0.com.tr' }).first().click()
    expect(new URL(page.url()).pathname).toBe('/app/leads/firma0.com.tr')
  })

  it('reads its chart by arrow keys, and as a table', async () => {
    const page = await open('?days=30')
    const { body } = await api.call('GET', '/api/v1/dashboard?days=30&timezone=Europe/Istanbul', { key })
    const trend = body.data['trend'] as { scans: number; changes: number }[]
    const read = async () => (await chart(page).getAttribute('aria-valuetext')) ?? ''
    await chart(page).focus()
    await page.keyboard.press('Home')
    const heard = [await read()]
    for (let day = 1; day < trend.length; day += 1) {
      await page.keyboard.press('ArrowRight')
      heard.push(await read())
    }
    expect(heard[0]).toContain('22 Oct')
    expect(heard.at(-1)).toContain('20 Nov')
    expect(heard.map((text) => text.replace(/^.*: /, ''))).toEqual(
      trend.map(({ scans, changes }) => `${scans} scans, ${changes} changes`),
    )
    await page.keyboard.press('ArrowRight')
    expect(await read()).toBe(heard.at(-1))
    await page.getByText('As a table').click()
    const rows = await page.locator('.trend-table tbody tr').allInnerTexts()
    expect(rows.map((row) => row.split('\t').slice(1).map(Number))).toEqual(
      trend.map(({ scans, changes }) => [scans, changes]).toReversed(),
    )
  })

  it('says what failed, and shows the numbers once it is tried and works', async () => {
    let isDown = true
    const page = await open('', {
      allows: [/503/],
      prepare: async (context) => {
        await context.route('**/api/v1/dashboard?*', (route) =>
          isDown ? route.fulfill({ status: 503, json: { success: false } }) : route.continue(),
        )
      },
    })
    const failure = page.getByRole('alert')
    await failure.waitFor()
    isDown = false
    await failure.getByRole('button').click()
    await page.locator('.bar-link').first().waitFor()
    expect(await failure.count()).toBe(0)
  })

  it('says the next step while there are no leads', async () => {
    const empty = await createHunterDatabase()
    const fresh = createTestApi(empty.db)
    const other = await startPageApp(fresh)
    const page = await other.open('/dashboard', await fresh.key(['read']), { now })
    const next = page.getByRole('link', { name: 'Import a list of companies' })
    expect(await next.getAttribute('href')).toBe('/app/leads')
    await expectNoAxeFindings(page)
    await other.close()
    await empty.close()
  })

  it.each([
    ['laptop', 'dark', 'en'],
    ['phone', 'light', 'tr'],
  ] as const)('is readable for everybody on a %s, %s, in %s', async (size, scheme, language) => {
    const page = await open('?days=30', { size, scheme, language })
    await page.locator('.bar-link').first().waitFor()
    await page.locator('.move').first().waitFor()
    await page.locator('.trend-table').evaluate((table) => table.closest('details')?.setAttribute('open', ''))
    await expectNoAxeFindings(page)
    expect(await page.evaluate('document.documentElement.scrollWidth <= screen.width')).toBe(true)
    await keepScreenshot(page, `dashboard-${size}-${scheme}-${language}`)
  })
})
