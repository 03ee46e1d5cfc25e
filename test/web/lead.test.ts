import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/chromium.ts'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { sampleOf } from '../support/thorough.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { type PageApp, startPageApp } from './app.ts'
import { expectNoAxeFindings, keepScreenshot } from './page.ts'

const DOMAIN = 'acme.com.tr'

describe.skipIf(!hasChromium())('a lead', () => {
  let database: HunterDatabase
  let api: TestApi
  let app: PageApp
  let key: string
  beforeAll(async () => {
    database = await createHunterDatabase()
    api = createTestApi(database.db)
    key = await api.key(['read', 'write'])
    app = await startPageApp(api)
    for (const [name, records] of Object.entries(googleCompany(DOMAIN))) api.dns.zone.set(name, records)
    api.dns.zone.set(`_dmarc.${DOMAIN}`, { txt: ['v=DMARC1; p=none'] })
    await api.call('POST', '/api/v1/scan/domain', { key, body: { domain: DOMAIN } })
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  const open = (look: Parameters<PageApp['open']>[2] = {}, domain = DOMAIN) =>
    app.open(`/leads/${domain}`, key, { now: api.clock.now(), ...look })
  const point = (page: Page, group: string) => page.locator(`[data-focus^="point ${group}."]`)

  it('opens each point’s evidence and fix in a dialog, which closes by its button, by a click beside it, by Escape and by Back, and returns the focus', async () => {
    const page = await open()
    const dialog = page.getByRole('dialog')
    const close = [
      () => dialog.getByRole('button', { name: 'Close' }).click(),
      () => page.mouse.click(5, 400),
      () => page.keyboard.press('Escape'),
      () => page.goBack(),
    ]
    for (const leave of close) {
      await point(page, 'dmarc').click()
      await dialog.getByText('v=DMARC1; p=none').first().waitFor()
      await dialog.getByText(`_dmarc.${DOMAIN} TXT`).waitFor()
      await dialog.locator('.fix-title').first().waitFor()
      await leave()
      await dialog.waitFor({ state: 'detached' })
      expect(await page.evaluate('document.activeElement?.className')).toBe('point')
    }
  })

  it('keeps the focus inside the open dialog', async () => {
    const page = await open()
    await point(page, 'spf').press('Enter')
    await page.getByRole('dialog').locator('.evidence').first().waitFor()
    for (let i = 0; i < 12; i += 1) {
      await page.keyboard.press('Tab')
      const isInside = await page.evaluate(
        "document.activeElement === document.body || document.activeElement?.closest('dialog') !== null",
      )
      expect(isInside).toBe(true)
    }
  })

  it('copies a record, a command and a fix whole', async () => {
    const page = await open()
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await point(page, 'dmarc').click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('.fix-title').first().waitFor()
    for (const [name, text] of [
      ['Copy the record', /^v=DMARC1; p=none$/],
      ['Copy the command', /^dig @192\.0\.2\.53 _dmarc\.acme\.com\.tr TXT /],
    ] as const) {
      await dialog.getByRole('button', { name }).first().click()
      await dialog.getByText('Copied').first().waitFor()
      expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(text)
    }
  })

  it('shows present, absent and unknown as three signs and words, and opens the evidence of each signal', async () => {
    const page = await open()
    for (const [kind, word] of [
      ['good', 'present'],
      ['bad', 'absent'],
      ['none', 'unknown'],
    ] as const) {
      const state = page.locator(`.signal .state[data-kind=${kind}]`).first()
      expect([kind, (await state.textContent())?.trim()]).toEqual([kind, word])
    }
    await page.locator('.signal summary').first().press('Enter')
    await page.locator('.signal[open] .evidence-facts').waitFor()
  })

  it('offers what to say in both languages, whatever the language of the page', async () => {
    const page = await open({ language: 'tr' })
    const sales = page.locator('.sales')
    await sales.locator('[lang=tr] .sales-part').first().waitFor()
    const turkish = await sales.locator('[data-look=lead] p').textContent()
    await sales.getByRole('button', { name: 'English' }).click()
    await sales.locator('[lang=en] .sales-part').first().waitFor()
    expect(await sales.locator('[data-look=lead] p').textContent()).not.toBe(turkish)
  })

  it('scans again, says how much changed, and shows it in the history with what moved', async () => {
    const page = await open()
    await page.locator('.points').waitFor()
    api.clock.advanceMs(3_600_000)
    api.dns.zone.set(`_dmarc.${DOMAIN}`, { txt: ['v=DMARC1; p=reject'] })
    await page.getByRole('button', { name: 'Scan again' }).click()
    await page.getByText(/^Scanned again: \d+ changes?$/).waitFor()
    await page.locator('.change', { hasText: 'DMARC strengthened' }).waitFor()
    await point(page, 'dmarc').getByText('reject', { exact: true }).waitFor()
    expect(await page.locator('.change[data-moved=false]').count()).toBeGreaterThan(0)
  })

  it('says that a lead is gone, and scans its domain', async () => {
    for (const [name, records] of Object.entries(googleCompany('yeni.com.tr'))) api.dns.zone.set(name, records)
    const page = await open({ allows: [/status of 404/] }, 'yeni.com.tr')
    await page.getByText('This lead does not exist').waitFor()
    await page.getByRole('button', { name: 'Scan it now' }).click()
    await page.locator('.points').waitFor()
    expect(await page.locator('h1').textContent()).toBe('yeni.com.tr')
  })

  const LOOKS: [size: 'laptop' | 'wide' | 'phone', scheme: 'light' | 'dark', language: 'en' | 'tr'][] = [
    ['laptop', 'light', 'en'],
    ['phone', 'dark', 'tr'],
    ['wide', 'dark', 'en'],
    ['phone', 'light', 'en'],
  ]
  it.each(sampleOf(LOOKS, 2))(
    'has no finding of axe and no sideways scroll: %s, %s, %s',
    async (size, scheme, language) => {
      const page = await open({ size, scheme, language })
      await page.locator('.sales-part').first().waitFor()
      await page.locator('.history, .lead-column p.muted').first().waitFor()
      await expectNoAxeFindings(page)
      await keepScreenshot(page, `lead-${size}-${scheme}-${language}`)
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      await point(page, 'dmarc').click()
      await page.getByRole('dialog').locator('.evidence').first().waitFor()
      await expectNoAxeFindings(page)
      await keepScreenshot(page, `lead-point-${size}-${scheme}-${language}`)
    },
  )
})
