/** What every view relies on: the session, the keys, and what is shown when the API fails. */
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedLeads } from '#local/seed/seed-leads'
import { hasChromium } from '../support/chromium.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'
import { type PageApp, startPageApp } from './app.ts'
import { expectNoAxeFindings, openPage } from './page.ts'

describe.skipIf(!hasChromium())('the frame of the page', () => {
  let database: HunterDatabase
  let api: TestApi
  let key: string
  let app: PageApp
  beforeAll(async () => {
    database = await createHunterDatabase()
    api = createTestApi(database.db)
    await seedLeads(database.db, { leads: 20, now: api.clock.now(), addToOthers: false })
    key = await api.key(['read', 'write', 'admin'])
    app = await startPageApp(api)
  })
  afterAll(async () => {
    await app.close()
    await database.close()
  })
  const now = () => api.clock.now()
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
  const focused = (page: Page) => page.evaluate<string>('document.activeElement.innerText || document.activeElement.id')

  it('signs in by the link that npm start prints: the key leaves the address, and no script can read it', async () => {
    const page = await openPage(`${app.url}/#key=${key}`, { now: now() })
    await heading(page, 'Leads').waitFor()
    expect(page.url()).toBe(`${app.url}/`)
    const readable = await page.evaluate<string>(
      `JSON.stringify([localStorage, sessionStorage, document.cookie, history.state, location.href])`,
    )
    expect(readable).not.toContain(key)
    expect(readable).not.toContain('__Host-hunter')
    expect(await page.context().cookies()).toMatchObject([
      { name: '__Host-hunter', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' },
    ])
    await page.reload()
    await heading(page, 'Leads').waitFor()
  })

  it('refuses a wrong key in words, takes a right one, and asks for it in both tabs after signing out in one', async () => {
    const page = await openPage(`${app.url}/backups`, { now: now(), allows: [/status of 401/] })
    await page.getByLabel('API key').fill('hk_test_wrongwrongwr_wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText(/^(This is no key of Hunter|Hunter does not accept this key)/).waitFor()
    await expectNoAxeFindings(page)
    await page.getByLabel('API key').fill(key)
    await page.keyboard.press('Enter')
    await heading(page, 'Backups').waitFor()

    const second = await page.context().newPage()
    await second.goto(`${app.url}/leads`)
    await heading(second, 'Leads').waitFor()
    await page.evaluate(`fetch('/api/v1/session', { method: 'DELETE' })`)
    api.clock.advanceMs(6_000) // a key that was just checked is not checked at each request
    await second.getByRole('link', { name: 'Backups' }).click()
    await second.getByRole('dialog').getByLabel('API key').waitFor()
    expect(await page.context().cookies()).toEqual([])
  })

  it('is used by keys alone: skip link, views, help, and the focus returns from a dialog', async () => {
    const page = await app.open('/leads', key, { now: now() })
    await heading(page, 'Leads').waitFor()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('g')
    await page.keyboard.press('b')
    await heading(page, 'Backups').waitFor()
    await page.getByRole('button', { name: 'Back up now' }).focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await expectNoAxeFindings(page)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focused(page)).toBe('Back up now')
    await page.goBack()
    await heading(page, 'Leads').waitFor()
  })

  it.each([
    ['leads', 500, 'INTERNAL', 'Hunter made a mistake'],
    ['dashboard', 429, 'RATE_LIMITED', 'Too many requests'],
    ['backups', 503, 'STORAGE_UNAVAILABLE', 'the bucket does not answer'],
  ])('shows in %s what failed with the id of the request (%i), and tries again', async (view, status, code, text) => {
    const details = { request_id: 'req-4711' }
    const body = { success: false, error: { code, message: 'the bucket does not answer', details } }
    const fail = async (context: BrowserContext) => {
      await context.route(/\/api\/v1\/(leads|dashboard|admin\/backups)/, (route) =>
        route.fulfill({ status, json: body }),
      )
    }
    const allows = [new RegExp(`status of ${status}`)]
    const page = await app.open(`/${view}`, key, { now: now(), allows, prepare: fail })
    const alert = page.getByRole('alert')
    await alert.getByText(text).waitFor()
    expect(await alert.innerText()).toContain('req-4711')
    await page.context().unrouteAll()
    await alert.getByRole('button', { name: 'Try again' }).click()
    await alert.waitFor({ state: 'detached' })
  })

  it('says without scripts where the same answers are', async () => {
    const page = await openPage(`${app.url}/leads`, { hasScripts: false })
    expect(await page.locator('body').innerText()).toContain('This page needs JavaScript')
    expect(await page.getByRole('link').getAttribute('href')).toBe('/docs')
  })
})
