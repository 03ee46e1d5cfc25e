import type { BrowserContext, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/chromium.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { sampleOf } from '../support/thorough.ts'
import { type Look, type PageApp, startPageApp } from './app.ts'
import { expectNoAxeFindings, keepScreenshot } from './page.ts'

const LEADS = 120
const LOOKS: [NonNullable<Look['size']>, NonNullable<Look['scheme']>, NonNullable<Look['language']>][] = [
  ['laptop', 'light', 'en'],
  ['phone', 'dark', 'tr'],
  ['wide', 'dark', 'tr'],
  ['phone', 'light', 'en'],
]
const SEGMENTS = ['Migration', 'Existing', 'Cold', 'Skip'] as const

describe.skipIf(!hasChromium())('the list of leads', () => {
  let database: HunterDatabase
  let api: TestApi
  let app: PageApp
  let key: string

  beforeAll(async () => {
    database = await createHunterDatabase()
    api = createTestApi(database.db)
    key = await api.key(['read', 'write', 'admin'])
    app = await startPageApp(api)
    const at = api.clock.now().toISOString()
    for (let n = 0; n < LEADS; n++) {
      const segment = SEGMENTS[n % SEGMENTS.length] ?? 'Skip'
      await keepLead(
        database.db,
        sampleLead({ domain: `firma${n}.com.tr`, segment, score: 100 - (n % 100), mailbox: 'zoho', at }),
      )
    }
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  const open = (search = '', look: Look = {}) => app.open(`/leads${search}`, key, { now: api.clock.now(), ...look })
  const domains = (page: Page) => page.locator('.lead-domain a').allInnerTexts()
  const search = (page: Page) => new URL(page.url()).search
  const focused = (page: Page) => page.evaluate<string>(`document.activeElement?.dataset?.focus ?? ''`)

  it('drops what an address cannot mean', async () => {
    const page = await open(
      `?segment=Everything&sort=password&score_min=-1&provider=%3Cb%3E&after=&columns=score.score.evil&widths=score-99999.domain-300`,
    )
    await expect.poll(() => domains(page)).toHaveLength(50)
    expect(await page.getByRole('columnheader').allInnerTexts()).toEqual(['', 'Domain', 'Score'])
  })

  it('turns pages by cursor, and Back restores scroll and focus', async () => {
    const page = await open('?sort=domain')
    await expect.poll(() => domains(page)).toHaveLength(50)
    const [first] = await domains(page)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('51–100 of 120').waitFor()
    const second = await domains(page)
    expect(second).not.toContain(first)
    const link = page.getByRole('link', { name: second[40] ?? '', exact: true })
    await link.focus()
    const scrolled = () => page.evaluate<number>(`document.querySelector('[data-scroll]').scrollTop`)
    const place = await scrolled()
    expect(place).toBeGreaterThan(500)
    await link.press('Enter')
    await expect.poll(() => new URL(page.url()).pathname).toBe(`/app/leads/${second[40]}`)
    await page.goBack()
    await expect.poll(() => focused(page)).toBe(second[40])
    await expect.poll(scrolled).toBe(place)
    await page.getByRole('button', { name: 'Previous' }).click()
    await expect.poll(async () => (await domains(page))[0]).toBe(first)
  })

  it('sizes a column by the arrow keys, and keeps the size in the address', async () => {
    const page = await open()
    await expect.poll(() => domains(page)).toHaveLength(50)
    const grip = page.getByRole('separator', { name: 'Width of Score' })
    for (let n = 0; n < 3; n++) await grip.press('ArrowRight')
    await expect.poll(() => search(page)).toBe('?widths=score-196')
    expect(await grip.getAttribute('aria-valuenow')).toBe('196')
  })

  it('exports this view: its conditions, order and columns', async () => {
    const page = await open('?segment=Cold&score_min=50&sort=domain&columns=score.mailbox')
    await page.getByRole('button', { name: 'Export' }).click()
    const waiting = page.waitForEvent('download')
    await page.getByRole('link', { name: 'CSV' }).click()
    const download = await waiting
    const stream = await download.createReadStream()
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    const [head, ...rows] = text.trim().split('\r\n')
    expect(head).toMatch(/^Domain,Score,"Mailbox/)
    const { body } = await api.call('GET', '/api/v1/leads?segment=Cold&score_min=50&sort=domain&limit=200', { key })
    const expected = (body.data['leads'] as { domain: string }[]).map(({ domain }) => domain)
    expect(rows.map((row) => row.split(',')[0])).toEqual(expected)
  })

  it('says what is wrong with a file of another kind, and keeps the dialog', async () => {
    const page = await open('', { allows: [/status of 4\d\d/] })
    await page.getByRole('button', { name: 'Import' }).click()
    await page.locator('input[type=file]').setInputFiles({
      name: 'foto.xlsx',
      mimeType: 'image/png',
      buffer: Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
    })
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toMatch(/Request/)
    await page.getByRole('button', { name: 'Another list' }).click()
    await page.getByLabel('Domains, websites or e-mail addresses').waitFor()
  })

  it('shows a failure with the id of the request, and tries again', async () => {
    let isBroken = true
    const prepare = async (context: BrowserContext): Promise<void> =>
      void (await context.route('**/api/v1/leads?*', (route: Route) =>
        isBroken
          ? route.fulfill({
              status: 500,
              json: {
                success: false,
                error: { code: 'INTERNAL', message: 'internal error', details: { request_id: 'req-1' } },
              },
            })
          : route.continue(),
      ))
    const page = await open('', { prepare, allows: [/status of 500/] })
    await page.getByRole('alert').getByText('req-1').waitFor()
    await expectNoAxeFindings(page)
    isBroken = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(() => domains(page)).toHaveLength(50)
  })

  it.each(sampleOf(LOOKS, 2))(
    'has no axe finding and no sideways scroll on a %s, %s, in %s',
    async (size, scheme, language) => {
      const page = await open('?score_min=40', { size, scheme, language })
      await expect.poll(() => domains(page)).toHaveLength(50)
      await page.locator('.chip').waitFor()
      await expectNoAxeFindings(page)
      expect(await page.evaluate<boolean>(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true)
      await keepScreenshot(page, `leads-${size}-${scheme}-${language}`)
    },
  )
})
